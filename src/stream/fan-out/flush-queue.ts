import type { Clock } from '../clock.ts';

/** Something that has frames to send. */
export interface Flushable {
  flush(now: number): void;
}

/** After a flush nothing is flushed for this many times as long as it took. */
const REST_FACTOR = 3;

/** A rest shorter than this is none, milliseconds: timers are no finer. */
const MIN_REST_MS = 1;

/**
 * The one queue of a thread that decides when which stream is flushed: the longest-waiting first. After a flush that took c
 * it rests for 3 c, but no stream waits longer than `maxDelayMs`. So fan-out takes about a quarter of the thread however
 * many players there are, and the batches grow only as far as they have to.
 */
export class FlushQueue {
  readonly #clock: Clock;
  readonly #maxDelayMs: number;
  /** In order of arrival, with the time of it. */
  readonly #waiting = new Map<Flushable, number>();
  #restUntil = 0;
  #isScheduled = false;
  readonly #run: () => void;

  constructor(clock: Clock, maxDelayMs: number) {
    this.#clock = clock;
    this.#maxDelayMs = maxDelayMs;
    this.#run = () => this.#flushDue();
  }

  /** Asks for a flush; a stream that already waits keeps its place. */
  request(stream: Flushable, now: number): void {
    if (this.#waiting.has(stream)) return;
    this.#waiting.set(stream, now);
    this.#schedule(now);
  }

  /** Takes a wish back. */
  cancel(stream: Flushable): void {
    this.#waiting.delete(stream);
  }

  #schedule(now: number): void {
    if (this.#isScheduled) return;
    const [first] = this.#waiting.values();
    if (first === undefined) return;
    this.#isScheduled = true;
    const restMs = this.#restMs(first, now);
    if (restMs < MIN_REST_MS) this.#clock.soon(this.#run);
    else this.#clock.after(restMs, this.#run);
  }

  /** How long the stream that waits longest still has to. */
  #restMs(since: number, now: number): number {
    return Math.min(this.#restUntil, since + this.#maxDelayMs) - now;
  }

  #flushDue(): void {
    this.#isScheduled = false;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [stream, since] = next;
    const start = this.#clock.now();
    if (this.#restMs(since, start) >= MIN_REST_MS) {
      this.#schedule(start); // whom this was meant for has taken its wish back
      return;
    }
    this.#waiting.delete(stream);
    stream.flush(start);
    const end = this.#clock.now();
    this.#restUntil = end + REST_FACTOR * (end - start);
    this.#schedule(end);
  }
}
