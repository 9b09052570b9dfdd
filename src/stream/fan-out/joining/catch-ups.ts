import type { Clock } from '../../clock.ts';

/** Catching up goes on for this long in a turn of the loop, milliseconds. */
const TURN_MS = 1;

/** The part of the thread that it may take. */
const SHARE = 0.2;

/** A rest shorter than this is none, milliseconds: timers are no finer. */
const MIN_REST_MS = 1;

/** So much of a rest that was longer than it had to be is made good, milliseconds. */
const LATE_TIMER_MS = 2;

/**
 * The one queue of a thread for relays that go on where they were and are given what they have missed: slice by slice and in turn,
 * within a share of the thread, so that a thousand of them that come back at once hold up nobody who is live.
 */
export class CatchUps {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #isScheduled = false;
  /** When what was sent is rested for. */
  #restUntil = 0;
  readonly #run: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#run = () => this.#takeTurn();
  }

  /** Sends a slice as soon as it may. @param send - does nothing for whoever has left */
  request(send: () => void): void {
    this.#waiting.push(send);
    if (!this.#isScheduled) this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    const restMs = this.#restUntil - this.#clock.now();
    if (restMs < MIN_REST_MS) this.#clock.soon(this.#run);
    else this.#clock.after(restMs, this.#run);
  }

  #takeTurn(): void {
    const begunAt = this.#clock.now();
    const sends = this.#waiting;
    let count = 0;
    let now = begunAt;
    while (count < sends.length && now - begunAt < TURN_MS) {
      sends[count++]?.(); // may ask for its next
      now = this.#clock.now();
    }
    sends.splice(0, count);
    this.#restUntil = Math.max(this.#restUntil, begunAt - LATE_TIMER_MS) + (now - begunAt) / SHARE;
    this.#isScheduled = false;
    if (sends.length > 0) this.#schedule();
  }
}
