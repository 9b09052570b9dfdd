import { Allowance } from '../../../session/allowance.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayUrl } from '../../../url-secrets.ts';
import type { PullLink } from './pull-link.ts';
import type { UpstreamRound } from './upstream-round.ts';

/** A server may ask to reconnect so many times at once, and so many times a second. */
const MOVES_AT_ONCE = 3;
const MOVES_PER_SECOND = 0.05;

/** Where a pull goes when its server asks to be left, or why it stays. */
export type Move = { readonly index: number; readonly url: string } | { readonly refused: string };

/** What becomes of a server's requests to reconnect: they are granted within reason. */
export class ReconnectRequests {
  readonly #round: UpstreamRound;
  readonly #allowance: Allowance;

  constructor(clock: Clock, round: UpstreamRound) {
    this.#round = round;
    this.#allowance = new Allowance(clock, MOVES_AT_ONCE, MOVES_PER_SECOND);
  }

  /** The server of this link asks to be left. @param to - where it says to go; without it the next URL is meant */
  answer({ index, url: from }: PullLink, to: string | undefined): Move {
    if (!this.#allowance.take()) return { refused: 'the server asks to reconnect too often' };
    if (to === undefined) {
      const next = this.#round.after(index);
      return { index: next, url: this.#round.urlAt(next) };
    }
    const url = this.#round.lead(from, to);
    if (url !== undefined) return { index, url };
    return { refused: `the server asks to reconnect to ${displayUrl(to)}, which is not allowed` };
  }
}
