import { createHash } from 'node:crypto';

/** Entries that are remembered, 8 bytes each; where there are more, the oldest are forgotten. */
const ENTRIES = 32_768;
/** Places where an entry may be. */
const PROBES = 16;

/**
 * Texts that may be used once, within some time, by whichever thread: all of them share the memory. A text is kept as 32 bits of
 * its hash and the second of its use, so that one in a thousand million new texts is taken for a used one.
 */
export class UsedOnce {
  readonly #entries: BigUint64Array;
  readonly #lifetimeSeconds: number;
  readonly #now: () => number;

  /** @param memory - as {@link UsedOnce.memory} makes it @param now - seconds, the same for all threads */
  constructor(memory: SharedArrayBuffer, lifetimeSeconds: number, now: () => number) {
    this.#entries = new BigUint64Array(memory);
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#now = now;
  }

  /** What all threads share: 256 KiB. */
  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(ENTRIES * BigUint64Array.BYTES_PER_ELEMENT);
  }

  /** Uses a text. @returns false when it was used before; perhaps too for both of two threads that use it at the same moment */
  take(text: string): boolean {
    const hash = createHash('sha256').update(text).digest();
    const now = BigInt(Math.floor(this.#now()) >>> 0);
    const entry = (now << 32n) | BigInt(hash.readUInt32BE());
    const places = Array.from({ length: PROBES }, (_, probe) => (hash.readUInt32BE(4) + probe) % ENTRIES);
    for (;;) {
      if (this.#count(places, entry) > 0) return false;
      const { at, found } = this.#oldest(places);
      // another thread may have taken the place meanwhile, or put the same into another one
      if (Atomics.compareExchange(this.#entries, at, found, entry) === found)
        return this.#count(places, entry) === 1;
    }
  }

  #count(places: readonly number[], entry: bigint): number {
    return places.filter((at) => {
      const found = Atomics.load(this.#entries, at);
      const isOver = Number((entry >> 32n) - (found >> 32n)) > this.#lifetimeSeconds;
      return !isOver && BigInt.asUintN(32, found) === BigInt.asUintN(32, entry);
    }).length;
  }

  #oldest(places: readonly number[]): { readonly at: number; readonly found: bigint } {
    let oldest = { at: places[0] ?? 0, found: Atomics.load(this.#entries, places[0] ?? 0) };
    for (const at of places) {
      const found = Atomics.load(this.#entries, at);
      if (found < oldest.found) oldest = { at, found };
    }
    return oldest;
  }
}
