import type { Clock } from '../stream/clock.ts';

/** A deadline that fires this much late was not the peer's fault: the process was stopped or starved, milliseconds. */
const LATE_MS = 500;

/** What is already received gets this long to be read before a late deadline counts, milliseconds. */
const READ_FIRST_MS = 1000;

/** One for all: there is a deadline or two for each of thousands of players. */
const nothing = (): void => {};

/**
 * The one deadline of a session: what the peer must do next, and until when. Moving it costs no timer: the timer that runs
 * looks at the new time when it fires.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #onMissed: (what: string) => void;
  #what = '';
  #dueAt = Number.POSITIVE_INFINITY;
  #timerAt = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = nothing;
  #wasLate = false;

  constructor(clock: Clock, onMissed: (what: string) => void) {
    this.#clock = clock;
    this.#onMissed = onMissed;
  }

  /** The peer must do `what` within `ms` milliseconds; replaces what it had to do before. */
  expect(what: string, ms: number): void {
    this.#what = what;
    this.#dueAt = this.#clock.now() + ms;
    this.#wasLate = false;
    if (this.#dueAt < this.#timerAt) this.#arm(ms);
  }

  /** Nothing is expected any more. */
  clear(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
    this.#cancelTimer = nothing;
  }

  #arm(ms: number): void {
    this.#cancelTimer();
    this.#timerAt = this.#dueAt;
    this.#cancelTimer = this.#clock.after(ms, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const lateMs = this.#clock.now() - this.#dueAt;
    if (lateMs < 0) this.#arm(-lateMs);
    else if (lateMs > LATE_MS && !this.#wasLate) {
      this.#wasLate = true;
      this.#dueAt = this.#clock.now() + READ_FIRST_MS;
      this.#arm(READ_FIRST_MS);
    } else {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#onMissed(this.#what);
    }
  }
}
