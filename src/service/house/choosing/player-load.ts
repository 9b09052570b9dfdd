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

/** What a player takes in the whole fleet: for relays that have none yet. */
export class FleetLoad {
  #bits = 0;
  #players = 0;

  /** Bits per second. */
  get mean(): number {
    return this.#players > 0 ? this.#bits / this.#players : ASSUMED_BITS_PER_SECOND;
  }

  /** A relay says something else than before. @param mean - what a player took and takes there */
  change(before: PlayerLoad | undefined, after: PlayerLoad | undefined): void {
    this.#bits += bitsOf(after) - bitsOf(before);
    this.#players += (after?.players ?? 0) - (before?.players ?? 0);
  }
}

/** So many players, and what each takes on average, bits per second. */
export interface PlayerLoad {
  readonly players: number;
  readonly mean: number;
}

function bitsOf(load: PlayerLoad | undefined): number {
  return load === undefined ? 0 : load.players * load.mean;
}
