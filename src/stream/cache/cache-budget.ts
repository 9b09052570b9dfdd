/** A part of what is cached that its stream can do without. */
export interface CacheHolder {
  /** What it takes to keep the keyframe group, bytes. */
  readonly groupBytes: number;
  /** What it takes to keep what came before that, bytes: it goes first, as only relays that come back would miss it. */
  readonly pastBytes: number;
  /** Lets go of what came before the group, else of the group: who joins late waits for the next. */
  giveWay(): void;
}

/**
 * What the caches of all streams of a thread may hold together. Each counts here what it takes and what it gives back; when that
 * is too much, the largest holder gives way, and of two as large the older one; all of the past goes before any keyframe group.
 * Nothing is refused for want of room.
 */
export class CacheBudget {
  #maxBytes: number;
  readonly #holders = new Set<CacheHolder>();
  #bytes = 0;
  #evictions = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is held, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What may be held, bytes. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** How often a keyframe group had to give way. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Everybody together may hold so much from now on. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.take(0);
  }

  /** Counts what is held from now on. Where there is no room for it whoever holds most gives way, be it who asks. */
  take(bytes: number): void {
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const largest = this.#largest();
      if (largest === undefined) return;
      if (largest.pastBytes === 0) this.#evictions++;
      largest.giveWay();
    }
  }

  /** Counts what is held no longer. */
  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** It has begun to hold something that it can do without. */
  enter(holder: CacheHolder): void {
    this.#holders.add(holder);
  }

  /** It holds nothing of the kind any more. */
  leave(holder: CacheHolder): void {
    this.#holders.delete(holder);
  }

  #largest(): CacheHolder | undefined {
    let largest: CacheHolder | undefined;
    for (const holder of this.#holders)
      if (largest === undefined || isBefore(holder, largest)) largest = holder;
    return largest;
  }
}

/** Whether one holder gives way rather than another. */
function isBefore(a: CacheHolder, b: CacheHolder): boolean {
  return a.pastBytes === b.pastBytes ? a.groupBytes > b.groupBytes : a.pastBytes > b.pastBytes;
}
