import type { RelayReport } from '../fleet/fleet.ts';

/** What a player takes as long as nothing is known of any, bits per second. */
const ASSUMED_BITS_PER_SECOND = 2_000_000;

/**
 * What a player takes of a relay, bits per second: the mean of its streams by what each receives, since what is sent says little as long as
 * players have only just come, and counts relays too. Undefined where it has no players, or they get nothing yet.
 */
export function meanLoad({ streams, players, sentBitsPerSecond }: RelayReport): number | undefined {
  let bits = 0;
  let counted = 0;
  for (const stream of streams.values()) {
    if (stream.receivedBitsPerSecond === 0) continue;
    bits += stream.players * stream.receivedBitsPerSecond;
    counted += stream.players;
  }
  if (counted > 0) return bits / counted;
  return players > 0 && sentBitsPerSecond > 0 ? sentBitsPerSecond / players : undefined;
}

/** It is found out anew when so small a part of the relays has said something else. */
const STALE_PART = 1 / 16;

/**
 * What a player takes in the whole fleet: for relays that have none yet. As much as at half of those that have some, or less, so that
 * one relay that says what cannot be makes no other one full.
 */
export class FleetLoad {
  /** What a player takes, by relay. */
  readonly #means = new Map<string, number>();
  #typical = ASSUMED_BITS_PER_SECOND;
  #changes = 0;

  /** Bits per second. */
  get typical(): number {
    if (this.#changes > this.#means.size * STALE_PART) {
      this.#changes = 0;
      const means = Float64Array.from(this.#means.values()).sort();
      this.#typical = means[(means.length - 1) >> 1] ?? ASSUMED_BITS_PER_SECOND;
    }
    return this.#typical;
  }

  /** A relay says something else than before, or is known no more. @param mean - what a player takes there; undefined: not known */
  take(relay: string, mean: number | undefined): void {
    if (this.#means.get(relay) === mean) return;
    this.#changes++;
    if (mean === undefined) this.#means.delete(relay);
    else this.#means.set(relay, mean);
  }
}
