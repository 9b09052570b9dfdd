import { type Clock, every } from '../../../stream/clock.ts';
import { inTurns } from './turns.ts';

/** How often it is noted what was carried, milliseconds. */
const NOTE_MS = 5000;

/** A rate over less than this says nothing, milliseconds. */
const LEAST_MS = 500;

/** What something has carried so far, bytes. */
export interface Carried {
  readonly received: number;
  readonly sent: number;
}

/** The same with frames of video, where there are any. */
export interface CarriedMedia extends Carried {
  readonly videoFrames?: number;
}

interface Note extends CarriedMedia {
  /** Milliseconds of the clock. */
  readonly at: number;
}

/** How fast each of many goes: since the last note but one, which is 5 to 10 seconds. Between two notes it costs nothing. */
export class BitRates<T extends WeakKey> {
  readonly #clock: Clock;
  readonly #measure: (one: T) => CarriedMedia;
  /** The last two notes of each. */
  readonly #notes = new WeakMap<T, readonly [before: Note, last: Note]>();

  /** @param measure - what one has carried so far */
  constructor(clock: Clock, measure: (one: T) => CarriedMedia) {
    this.#clock = clock;
    this.#measure = measure;
  }

  /** Takes notes of all of these from now on. @returns stops it */
  watch(all: () => Iterable<T>): () => void {
    let isNoting = false;
    return every(this.#clock, NOTE_MS, () => {
      if (isNoting) return; // there are many, and the loop is busy
      isNoting = true;
      void this.#noteAll(all()).finally(() => {
        isNoting = false;
      });
    });
  }

  /** Bits per second, and frames of video; null where it is not known yet. */
  of(one: T): CarriedMedia | null {
    const [before] = this.#notes.get(one) ?? [];
    const now = this.#note(one);
    if (before === undefined || now.at - before.at < LEAST_MS) return null;
    const perSecond = (count: number): number => (1000 * count) / (now.at - before.at);
    const bits = (bytes: number): number => Math.round(8 * perSecond(bytes));
    const rates = { received: bits(now.received - before.received), sent: bits(now.sent - before.sent) };
    if (now.videoFrames === undefined || before.videoFrames === undefined) return rates;
    return { ...rates, videoFrames: Math.round(10 * perSecond(now.videoFrames - before.videoFrames)) / 10 };
  }

  async #noteAll(all: Iterable<T>): Promise<void> {
    for await (const some of inTurns(all, this.#clock)) {
      for (const one of some) {
        const note = this.#note(one);
        this.#notes.set(one, [this.#notes.get(one)?.[1] ?? note, note]);
      }
    }
  }

  #note(one: T): Note {
    return { at: this.#clock.now(), ...this.#measure(one) };
  }
}
