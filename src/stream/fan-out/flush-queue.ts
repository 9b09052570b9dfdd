import type { Clock } from '../clock.ts';

/** Something that has frames to send. */
export interface Flushable {
  /** Sends what is there, as much as one turn of the loop is for. @returns whether that was all of it */
  flush(now: number): boolean;
}

/** What a queue goes by. */
export interface FlushSettings {
  /** Longest time a frame may wait for its batch, milliseconds. */
  readonly maxDelayMs: number;
}

/** After a flush nothing is flushed for this many times as long as it took. */
const REST_FACTOR = 3;

/** A rest shorter than this is none, milliseconds: timers are no finer. */
const MIN_REST_MS = 1;

/**
 * The one queue of a thread that decides when which stream is flushed: the longest-waiting first. After a flush that took c
 * it rests for 3 c, but no stream waits longer than `maxDelayMs`. So fan-out takes about a quarter of the thread however
 * many players there are, and the batches grow only as far as they have to. A flush to many players takes several turns of
 * the loop, so that who joins or publishes is not held up by it.
 */
export class FlushQueue {
  readonly #clock: Clock;
  readonly #settings: FlushSettings;
  /** In order of arrival, with the time of it. */
  readonly #waiting = new Map<Flushable, number>();
  /** The stream whose flush is not over, when that began, and what it has taken so far, milliseconds. */
  #unfinished: Flushable | undefined;
  #begunAt = 0;
  #spentMs = 0;
  #restUntil = 0;
  #isScheduled = false;
  readonly #run: () => void;

  constructor(clock: Clock, settings: FlushSettings) {
    this.#clock = clock;
    this.#settings = settings;
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
    if (this.#unfinished === stream) this.#unfinished = undefined;
  }

  #schedule(now: number): void {
    if (this.#isScheduled) return;
    const [first] = this.#waiting.values();
    if (this.#unfinished === undefined && first === undefined) return;
    this.#isScheduled = true;
    const restMs = this.#unfinished === undefined ? this.#restMs(first ?? now, now) : 0;
    if (restMs < MIN_REST_MS) this.#clock.soon(this.#run);
    else this.#clock.after(restMs, this.#run);
  }

  /** How long the stream that waits longest still has to. */
  #restMs(since: number, now: number): number {
    return Math.min(this.#restUntil, since + this.#settings.maxDelayMs) - now;
  }

  #flushDue(): void {
    this.#isScheduled = false;
    const start = this.#clock.now();
    if (this.#unfinished === undefined) {
      this.#unfinished = this.#takeDue(start);
      this.#begunAt = start;
    }
    const stream = this.#unfinished;
    if (stream === undefined) {
      this.#schedule(start); // whom this was meant for has taken its wish back
      return;
    }
    const isDone = stream.flush(start);
    const now = this.#clock.now();
    this.#spentMs += now - start;
    if (isDone || this.#unfinished !== stream) {
      this.#unfinished = undefined;
      // As if its turns had been one: what came between them waits from the end of that on, or many players would be flushed
      // more often, and what others did meanwhile makes nobody's rest longer.
      const end = this.#begunAt + this.#spentMs;
      if (this.#waiting.delete(stream)) this.#waiting.set(stream, end);
      this.#restUntil = end + REST_FACTOR * this.#spentMs;
      this.#spentMs = 0;
    }
    this.#schedule(now);
  }

  /** The stream that waits longest, if it has waited long enough. */
  #takeDue(now: number): Flushable | undefined {
    const [next] = this.#waiting;
    if (next === undefined || this.#restMs(next[1], now) >= MIN_REST_MS) return undefined;
    this.#waiting.delete(next[0]);
    return next[0];
  }
}
