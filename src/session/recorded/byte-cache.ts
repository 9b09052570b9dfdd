/** Something that takes memory. */
export interface Sized {
  readonly sizeBytes: number;
}

/**
 * What players of the same recordings share: each thing is made once for all who want it at the same time, and what was wanted last is
 * kept, up to so many bytes. Nothing that fails is kept.
 */
export class ByteCache {
  #maxBytes: number;
  /** The one that was wanted last is last. */
  readonly #kept = new Map<string, Sized>();
  readonly #making = new Map<string, Promise<Sized>>();
  #keptBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    this.#shrink();
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** @param name - of what; nothing else goes by it @param make - is called where it is not there */
  get<T extends Sized>(name: string, make: () => Promise<T>): T | Promise<T> {
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept as T;
    }
    const making = this.#making.get(name) ?? this.#make(name, make);
    return making as Promise<T>;
  }

  #make(name: string, make: () => Promise<Sized>): Promise<Sized> {
    const making = make().then((made) => {
      this.#keep(name, made);
      return made;
    });
    this.#making.set(name, making);
    const forget = (): void => {
      this.#making.delete(name);
    };
    making.then(forget, forget);
    return making;
  }

  #keep(name: string, made: Sized): void {
    if (made.sizeBytes > this.#maxBytes) return;
    this.#kept.set(name, made);
    this.#keptBytes += made.sizeBytes;
    this.#shrink();
  }

  #shrink(): void {
    for (const [oldest, { sizeBytes }] of this.#kept) {
      if (this.#keptBytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= sizeBytes;
    }
  }
}
