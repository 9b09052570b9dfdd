import type { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import type { Clock } from '../../../stream/clock.ts';
import { Backoff } from '../../listen/backoff.ts';
import { Candidate, type CandidateReason } from './candidate.ts';
import type { PullLink } from './pull-link.ts';

type State =
  | { readonly at: 'idle' }
  | { readonly at: 'waiting'; readonly reason: CandidateReason; readonly stop: () => void }
  | { readonly at: 'trying'; readonly reason: CandidateReason; readonly candidate: Candidate };

/** The search for a link that takes over from the one that flows: one at a time, for one reason at a time. */
export class Succession {
  readonly #clock: Clock;
  readonly #budget: CacheBudget;
  readonly #open: (index: number) => PullLink;
  readonly #probeBackoff = new Backoff(2000);
  #probes = 0;
  #state: State = { at: 'idle' };

  /**
   * @param budget - counts what is kept of a link until it takes over
   * @param open - opens the URL at a place of the list
   */
  constructor(clock: Clock, budget: CacheBudget, open: (index: number) => PullLink) {
    this.#clock = clock;
    this.#budget = budget;
    this.#open = open;
  }

  /** The link that is being tried. */
  get candidate(): Candidate | undefined {
    return this.#state.at === 'trying' ? this.#state.candidate : undefined;
  }

  /** Whether it is under way because the server asked to be left. */
  get isMoving(): boolean {
    return this.#state.at !== 'idle' && this.#state.reason === 'move';
  }

  /** Tries a link, in place of whatever was looked for before. */
  try(link: PullLink, reason: CandidateReason): void {
    this.stop();
    this.#state = { at: 'trying', reason, candidate: new Candidate(link, reason, this.#budget) };
  }

  /** Looks now and then whether a URL is back that is preferred to the current one. @param places - of such URLs in the list */
  probeLater(places: readonly number[]): void {
    if (places.length === 0) this.stop();
    else
      this.#tryLater(
        'preferred',
        this.#probeBackoff.next(),
        () => places[this.#probes++ % places.length] ?? 0,
      );
  }

  /** Moves to the URL at this place of the list in a while. */
  moveLater(index: number, ms: number): void {
    this.#tryLater('move', ms, () => index);
  }

  /** The preferred URL held out for long: when it is back that is soon noticed. */
  probeSoonAgain(): void {
    this.#probeBackoff.reset();
  }

  /** The candidate is no candidate any more: it takes over, or has ended; what is kept of it is the caller's to clear. */
  takeOut(): Candidate | undefined {
    const { candidate } = this;
    if (candidate !== undefined) this.#state = { at: 'idle' };
    return candidate;
  }

  /** Looks for no link any more, and leaves the one that is being tried. */
  stop(): void {
    const state = this.#state;
    this.#state = { at: 'idle' };
    if (state.at === 'waiting') state.stop();
    else if (state.at === 'trying') state.candidate.close();
  }

  #tryLater(reason: CandidateReason, ms: number, next: () => number): void {
    this.stop();
    const stop = this.#clock.after(ms, () => {
      this.#state = { at: 'idle' };
      this.try(this.#open(next()), reason);
    });
    this.#state = { at: 'waiting', reason, stop };
  }
}
