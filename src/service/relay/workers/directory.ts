interface Entry {
  home: number;
  isPublished: boolean;
  /** Workers that have something to do with the stream. */
  readonly users: Set<number>;
  /** Whether it stays though no worker uses it. */
  readonly isKept: boolean;
}

/** Which worker keeps which stream: its home is the first worker that asks for it, until no worker uses it any more. */
export class Directory {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Gives a stream that is always wanted its home. */
  keep(key: string, home: number): void {
    const { isPublished = false, users = new Set<number>() } = this.#entries.get(key) ?? {};
    this.#entries.set(key, { home, isPublished, users, isKept: true });
  }

  /** The streams that are always wanted and whose home is this worker. */
  keptBy(worker: number): string[] {
    return [...this.#entries].filter(([, { isKept, home }]) => isKept && home === worker).map(([key]) => key);
  }

  /** The first of these streams that is published, else the first of them. From now on the worker that asks is a user of it. */
  find(keys: readonly string[], worker: number): { readonly key: string; readonly home: number } {
    const key = keys.find((candidate) => this.#entries.get(candidate)?.isPublished) ?? keys[0] ?? '';
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { home: worker, isPublished: false, users: new Set(), isKept: false };
      this.#entries.set(key, entry);
    }
    entry.users.add(worker);
    return { key, home: entry.home };
  }

  /** A home tells whether its stream has a source. */
  setPublished(key: string, worker: number, isPublished: boolean): void {
    const entry = this.#entries.get(key);
    if (entry?.home === worker) entry.isPublished = isPublished;
  }

  /** A worker has nothing to do with a stream any more. */
  done(key: string, worker: number): void {
    const entry = this.#entries.get(key);
    entry?.users.delete(worker);
    if (entry?.users.size === 0 && !entry.isKept) this.#entries.delete(key);
  }

  /** A worker is gone. @returns the streams that have another home now, and who is to know */
  lose(worker: number, others: readonly number[]): { key: string; home: number; users: number[] }[] {
    const moved: { key: string; home: number; users: number[] }[] = [];
    for (const [key, entry] of this.#entries) {
      entry.users.delete(worker);
      if (entry.home !== worker) {
        this.done(key, worker);
        continue;
      }
      const [heir = others[0]] = entry.users;
      entry.isPublished = false;
      if (heir === undefined || (entry.users.size === 0 && !entry.isKept)) this.#entries.delete(key);
      else {
        entry.home = heir;
        moved.push({ key, home: heir, users: [...new Set([heir, ...entry.users])] });
      }
    }
    return moved;
  }
}
