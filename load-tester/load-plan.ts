import type { LoadTarget, PublishTarget } from './target.ts';

/** What is to be done to whom: everything that the command line says but how to judge and show it. */
export interface LoadPlan {
  /** As the user wrote it. */
  readonly url: string;
  readonly target: LoadTarget;
  readonly players: number;
  /** Players that join each second. */
  readonly rampPerSecond: number;
  /** Between the last one's joining and the beginning of the measurement, milliseconds. */
  readonly warmUpMs: number;
  /** Of the measurement, milliseconds. */
  readonly durationMs: number;
  /** Share of players that read slowly. */
  readonly slowPercent: number;
  /** Share of the stream that a slow player reads; 0: after its first frame, nothing. */
  readonly slowRatePercent: number;
  /** Players that leave each second, a new one joining for each. */
  readonly churnPerSecond: number;
  /** A player whose first frame has not come by then, or to whom nothing has come for as long, has failed, milliseconds. */
  readonly timeoutMs: number;
  /** Players that parse and check all they get. */
  readonly probes: number;
  readonly threads: number;
  readonly publication: { readonly file: string; readonly target: PublishTarget } | undefined;
}

/** What a player does with what it gets. */
export type PlayerRole = 'probe' | 'counter' | 'slow';

/** Connections from one loopback address at the most: fewer than the ports that a kernel gives out. */
const CONNECTIONS_PER_ADDRESS = 20_000;
const LOOPBACK_ADDRESSES = 250;

/** Who does what: roles are spread evenly over the players, so that each joins at every stage of the ramp. */
export class Roles {
  readonly #players: number;
  readonly #probes: number;
  readonly #slow: number;

  constructor({ players, probes, slowPercent }: Pick<LoadPlan, 'players' | 'probes' | 'slowPercent'>) {
    this.#players = players;
    this.#slow = Math.round((players * slowPercent) / 100);
    this.#probes = Math.min(probes, players - this.#slow);
  }

  /** @param player - its number, from 0 */
  of(player: number): PlayerRole {
    if (isChosen(player, this.#probes, this.#players)) return 'probe';
    const others = this.#players - this.#probes;
    const other = player - Math.floor((player * this.#probes) / this.#players);
    return isChosen(other, this.#slow, others) ? 'slow' : 'counter';
  }

  get counts(): Readonly<Record<PlayerRole, number>> {
    const counter = this.#players - this.#probes - this.#slow;
    return { probe: this.#probes, counter, slow: this.#slow };
  }
}

/** Whether one of `all` belongs to the `chosen` that are spread evenly over them. */
function isChosen(index: number, chosen: number, all: number): boolean {
  return Math.floor(((index + 1) * chosen) / all) > Math.floor((index * chosen) / all);
}

/**
 * The address that a connection comes from, where that must be chosen: a loopback server can be reached from all of
 * 127.0.0.0/8, and one address has not ports enough for everybody.
 * @param connection - its number among all that were ever opened, from 0
 */
export function localAddressFor(address: string, connection: number): string | undefined {
  if (!address.startsWith('127.') || connection < CONNECTIONS_PER_ADDRESS) return undefined;
  return `127.0.0.${2 + (Math.floor(connection / CONNECTIONS_PER_ADDRESS) % LOOPBACK_ADDRESSES)}`;
}

/** How long all players take to join, milliseconds. */
export function rampMs({ players, rampPerSecond }: Pick<LoadPlan, 'players' | 'rampPerSecond'>): number {
  return ((players - 1) / rampPerSecond) * 1000;
}
