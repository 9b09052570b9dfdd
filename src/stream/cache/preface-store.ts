import type { PrefaceFrame } from '../frame.ts';
import type { CacheBudget } from './cache-budget.ts';
import { prefaceCost } from './frame-cost.ts';

/** A frame that a decoder needs first, with the version of the store that it made. */
export interface Preface {
  readonly frame: PrefaceFrame;
  readonly version: number;
}

/** More kinds and tracks than any stream has: headers of others are not kept. */
const MAX_KEYS = 128;

/** What the metadata and headers of one stream may cost, bytes: 1 MiB, and what keeping it costs. Those of real ones are a few kilobytes. */
export const MAX_PREFACE_BYTES: number = 2 ** 20 + 4096;

/** The latest metadata and the latest header of every kind and track. */
export class PrefaceStore {
  readonly #maxBytes: number;
  readonly #budget: CacheBudget | undefined;
  readonly #latest = new Map<string, Preface>();
  #bytes = 0;
  #version = 0;
  #list: readonly Preface[] | undefined = [];

  /**
   * @param maxBytes - what the frames may cost; one counts once for each of its tracks
   * @param budget - counts them as well
   */
  constructor(maxBytes: number, budget?: CacheBudget) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
  }

  /** Grows with every frame that is kept, and never shrinks. */
  get version(): number {
    return this.#version;
  }

  /** What it takes to keep the frames. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept, each frame once: the metadata, then the headers in order of arrival. A new list after each change. */
  get list(): readonly Preface[] {
    this.#list ??= this.#takeList();
    return this.#list;
  }

  /** Keeps the frame in place of what it replaces; one that does not fit is not kept, and what it replaces is gone. */
  set(frame: PrefaceFrame): void {
    const { headerKeys } = frame;
    for (const key of headerKeys) {
      const old = this.#latest.get(key);
      if (old === undefined) continue;
      this.#release(prefaceCost(old.frame));
      this.#latest.delete(key); // set anew below, so that the order is that of arrival
    }
    this.#list = undefined;
    const fresh = new Set(headerKeys); // a message may name one track twice
    const cost = fresh.size * prefaceCost(frame);
    if (this.#latest.size + fresh.size > MAX_KEYS || this.#bytes + cost > this.#maxBytes) return;
    this.#version++;
    const preface = { frame, version: this.#version };
    for (const key of fresh) this.#latest.set(key, preface);
    this.#bytes += cost;
    this.#budget?.take(cost);
  }

  /** Forgets everything but the version. */
  clear(): void {
    if (this.#latest.size === 0) return;
    this.#latest.clear();
    this.#release(this.#bytes);
    this.#list = [];
  }

  #release(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget?.give(bytes);
  }

  #takeList(): readonly Preface[] {
    const list = new Set<Preface>();
    for (const preface of this.#latest.values()) if (preface.frame.role === 'metadata') list.add(preface);
    for (const preface of this.#latest.values()) list.add(preface);
    return [...list];
  }
}
