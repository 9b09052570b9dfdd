interface Entry {
  home: number;
  isPublished: boolean;
  /** Workers that have something to do with the stream. */
  readonly users: Set<number>;
  /** Whether it stays though no worker uses it. */
  isKept: boolean;
}

/** A stream whose home was lost and is another worker now. */
export interface MovedStream {
  readonly key: string;
  readonly home: number;
  readonly isKept: boolean;
  /** The workers that use it, its home among them. */
  readonly users: readonly number[];
}

/** Which worker keeps which stream: its home is the first worker that asks for it, until no worker uses it any more. */
export class Directory {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Gives the streams that are always wanted their homes, spread over so many workers; those that were and are not wanted go. */
  keep(wanted: readonly string[], workers: number): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.isKept || wanted.includes(key)) continue;
      entry.isKept = false;
      if (entry.users.size === 0) this.#entries.delete(key);
    }
    for (const [position, key] of wanted.entries()) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) entry.isKept = true;
      else
        this.#entries.set(key, {
          home: position % workers,
          isPublished: false,
          users: new Set(),
          isKept: true,
        });
    }
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

  isPublished(key: string): boolean {
    return this.#entries.get(key)?.isPublished ?? false;
  }

  /** The streams that have a source. */
  published(): string[] {
    return [...this.#entries].filter(([, { isPublished }]) => isPublished).map(([key]) => key);
  }

  /** A worker has nothing to do with a stream any more. */
  done(key: string, worker: number): void {
    const entry = this.#entries.get(key);
    entry?.users.delete(worker);
    if (entry?.users.size === 0 && !entry.isKept) this.#entries.delete(key);
  }

  /** A worker is gone. @returns the streams that have another home now, and who is to know */
  lose(worker: number, others: readonly number[]): MovedStream[] {
    const moved: MovedStream[] = [];
    for (const [key, entry] of this.#entries) {
      const { users, isKept } = entry;
      users.delete(worker);
      if (entry.home === worker) {
        entry.isPublished = false;
        const [heir = isKept ? others[0] : undefined] = users;
        if (heir !== undefined) {
          entry.home = heir;
          moved.push({ key, home: heir, isKept, users: [...new Set([heir, ...users])] });
        }
      }
      if (users.size === 0 && !isKept) this.#entries.delete(key);
    }
    return moved;
  }
}
