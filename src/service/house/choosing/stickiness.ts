import { hash } from 'node:crypto';
import type { Seeking } from './choice.ts';

/** So many placements are remembered at most: of more the older half is forgotten. */
const MAX_PLACEMENTS = 100_000;

/** Characters that stand for a client and what it seeks: 120 bits. */
const WHO_LENGTH = 20;

/** Where somebody was sent. */
export interface Placement {
  readonly relay: string;
  /** Milliseconds of the clock. */
  readonly until: number;
}

/**
 * Remembers for a while where clients were sent. To forget one by one would cost more than the rest (a Map is slow to find its first
 * entry when many before it are gone): whole halves are forgotten.
 */
export class Stickiness {
  readonly #settings: { readonly stickyMs: number };
  readonly #most: number;
  #young = new Map<string, Placement>();
  #old = new Map<string, Placement>();
  #youngSince = Number.NEGATIVE_INFINITY;

  /**
   * @param settings - no placement counts for longer than `stickyMs`; may change
   * @param most - how many it may remember, 2 or more
   */
  constructor(settings: { readonly stickyMs: number }, most: number = MAX_PLACEMENTS) {
    this.#settings = settings;
    this.#most = most;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Where somebody was sent, if it still counts. @param now - milliseconds of the clock */
  of(who: string, now: number): Placement | undefined {
    const placement = this.#young.get(who) ?? this.#old.get(who);
    return placement === undefined || placement.until <= now ? undefined : placement;
  }

  keep(who: string, placement: Placement, now: number): void {
    if (this.#young.size * 2 >= this.#most || now - this.#youngSince >= this.#settings.stickyMs) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSince = now;
    }
    this.#young.set(who, placement);
  }
}

/** What stands for a client and what it seeks, however long its words are; says neither. */
export function whoSeeks({ verb, address, stream }: Seeking): string {
  return hash('sha256', `${verb} ${address} ${stream}`, 'base64url').slice(0, WHO_LENGTH);
}
