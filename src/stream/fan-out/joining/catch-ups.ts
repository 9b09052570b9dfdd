import type { Clock } from '../../clock.ts';

/** Catching up goes on for this long in a turn of the loop, milliseconds. */
const TURN_MS = 2;

/** The part of the thread that it may take. */
const SHARE = 0.25;

/**
 * The one queue of a thread for relays that go on where they were and are given what they have missed: slice by slice and in turn,
 * within a share of the thread, so that a thousand of them that come back at once hold up nobody who is live.
 */
export class CatchUps {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #isScheduled = false;
  readonly #run: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#run = () => this.#takeTurn();
  }

  /** Sends a slice as soon as it may. @param send - does nothing for whoever has left */
  request(send: () => void): void {
    this.#waiting.push(send);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.soon(this.#run);
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
    this.#isScheduled = sends.length > 0;
    if (!this.#isScheduled) return;
    const restMs = (now - begunAt) / SHARE - (now - begunAt);
    this.#clock.after(Math.max(1, restMs), this.#run);
  }
}
