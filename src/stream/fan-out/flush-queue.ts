import type { Clock } from '../clock.ts';
import { CatchUps } from './joining/catch-ups.ts';

/** Something that has frames to send. */
export interface Flushable {
  /** Sends what is there, as much as one turn of the loop is for. @returns whether that was all of it */
  flush(now: number): boolean;
}

/** What a queue goes by. */
export interface FlushSettings {
  /** Longest time a frame may wait for its batch, milliseconds. */
  readonly maxDelayMs: number;
  /** The part of the thread that flushes may take while nothing has to wait that long for it; above 0, at most 1. */
  readonly cpuShare: number;
}

/** A rest shorter than this is none, milliseconds: timers are no finer. */
const MIN_REST_MS = 1;

/** So much of a rest that was longer than it had to be is made good, milliseconds: timers are late. */
const LATE_TIMER_MS = 2;

/** When streams have been flushed for this long the loop takes a turn, milliseconds. */
const TURN_MS = 4;

/**
 * The one queue of a thread that decides when which stream is flushed: the longest-waiting first, as many in a turn of the loop
 * as there is time for. What flushes have taken is rested for, so that they take no more than their share of the thread however
 * many streams and players there are, and the batches grow only as far as they have to; but no stream waits longer than
 * `maxDelayMs`. A flush to many players takes several turns, so that who joins or publishes is not held up by it.
 */
export class FlushQueue {
  /** For relays that are given what they have missed, beside what is flushed. */
  readonly catchUps: CatchUps;
  readonly #clock: Clock;
  readonly #settings: FlushSettings;
  /** In order of arrival, with the time of it. */
  readonly #waiting = new Map<Flushable, number>();
  /** The stream whose flush is not over, when that began, and what it has taken so far, milliseconds. */
  #unfinished: Flushable | undefined;
  #begunAt = 0;
  #spentMs = 0;
  /** When all that was flushed is rested for. */
  #restUntil = 0;
  #isScheduled = false;
  readonly #run: () => void;

  constructor(clock: Clock, settings: FlushSettings) {
    this.#clock = clock;
    this.#settings = settings;
    this.catchUps = new CatchUps(clock);
    this.#run = () => this.#takeTurn();
  }

  /** Asks for a flush; a stream that already waits keeps its place. */
  request(stream: Flushable, now: number): void {
    if (this.#waiting.has(stream)) return;
    this.#waiting.set(stream, now);
    if (!this.#isScheduled) this.#schedule(now);
  }

  /** Takes a wish back. */
  cancel(stream: Flushable): void {
    this.#waiting.delete(stream);
    if (this.#unfinished === stream) this.#unfinished = undefined;
  }

  #schedule(now: number): void {
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

  #takeTurn(): void {
    const end = this.#clock.now() + TURN_MS;
    let now = end - TURN_MS;
    while (now < end && this.#begin(now)) {
      now = this.#flush(now);
      if (this.#unfinished !== undefined) break; // it has had its turn
    }
    this.#isScheduled = false;
    this.#schedule(now);
  }

  /** Chooses who is flushed next. @returns whether there is somebody */
  #begin(now: number): boolean {
    if (this.#unfinished !== undefined) return true;
    const [next] = this.#waiting;
    if (next === undefined || this.#restMs(next[1], now) >= MIN_REST_MS) return false;
    this.#waiting.delete(next[0]);
    this.#unfinished = next[0];
    this.#begunAt = now;
    this.#spentMs = 0;
    return true;
  }

  /** Flushes for a turn at most. @returns the time then */
  #flush(start: number): number {
    const stream = this.#unfinished;
    if (stream === undefined) return start;
    const isDone = stream.flush(start);
    const now = this.#clock.now();
    this.#spentMs += now - start;
    if (!isDone && this.#unfinished === stream) return now;
    this.#unfinished = undefined;
    // As if its turns had been one: what came between them waits from the end of that on, or many players would be flushed
    // more often, and what others did meanwhile makes nobody's rest longer.
    const end = this.#begunAt + this.#spentMs;
    if (this.#waiting.delete(stream)) this.#waiting.set(stream, end);
    this.#rest(end);
    return now;
  }

  /** Rests for a flush, and for what is left of those before it: of that not more than anybody waits anyway. */
  #rest(end: number): void {
    const { cpuShare, maxDelayMs } = this.#settings;
    const shareMs = this.#spentMs / cpuShare;
    const restUntil = Math.max(this.#restUntil, this.#begunAt - LATE_TIMER_MS) + shareMs;
    this.#restUntil = Math.min(restUntil, Math.max(this.#begunAt + shareMs, end + maxDelayMs));
  }
}
