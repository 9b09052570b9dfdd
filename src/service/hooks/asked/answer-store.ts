import type { HookAnswer } from './hook-answer.ts';

/** More answers, or more of their characters, are not kept: the oldest go. */
const MAX_ANSWERS = 50_000;
const MAX_CHARACTERS = 8 * 2 ** 20;

/** What it takes to keep an answer besides its own text, in characters. */
const OVERHEAD = 128;

/** An answer, and how long it holds. */
export interface HeldAnswer {
  readonly answer: HookAnswer;
  /** When it was given, milliseconds of the clock. */
  readonly givenAt: number;
  /** Until when whoever was allowed may go on, milliseconds of the clock; infinite where nothing ends it. */
  readonly until: number;
}

/** Whom an answer is about; what is missing may be anybody. */
export interface AnswerSubject {
  readonly key?: string | undefined;
  readonly address?: string | undefined;
  readonly identity?: string | undefined;
}

interface Entry {
  readonly held: HeldAnswer;
  readonly subject: AnswerSubject;
  readonly size: number;
}

/** The latest answer to each question, for those who ask again soon, and for when there is no new one. */
export class AnswerStore {
  /** By fingerprint, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;
  #revocations = 0;

  /** Grows whenever answers were taken back: one that was asked for before is not to be kept. */
  get revocations(): number {
    return this.#revocations;
  }

  get count(): number {
    return this.#entries.size;
  }

  keep(fingerprint: string, held: HeldAnswer, subject: AnswerSubject): void {
    this.#delete(fingerprint);
    const size = OVERHEAD + fingerprint.length + JSON.stringify([held.answer, subject]).length;
    this.#entries.set(fingerprint, { held, subject, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ANSWERS && this.#size <= MAX_CHARACTERS) return;
      this.#delete(oldest);
    }
  }

  /** The latest answer, if it is no older than that. @param now - milliseconds of the clock */
  find(fingerprint: string, maxAgeMs: number, now: number): HeldAnswer | undefined {
    const held = this.#entries.get(fingerprint)?.held;
    return held !== undefined && now - held.givenAt < maxAgeMs ? held : undefined;
  }

  /** Takes back what was answered about them. */
  revoke({ key, address, identity }: AnswerSubject): void {
    this.#revocations++;
    const isMeant = (given: string | undefined, wanted: string | undefined): boolean =>
      wanted === undefined || given === wanted;
    for (const [fingerprint, { subject }] of this.#entries) {
      const isAbout =
        isMeant(subject.key, key) && isMeant(subject.address, address) && isMeant(subject.identity, identity);
      if (isAbout) this.#delete(fingerprint);
    }
  }

  #delete(fingerprint: string): void {
    const entry = this.#entries.get(fingerprint);
    if (entry === undefined) return;
    this.#entries.delete(fingerprint);
    this.#size -= entry.size;
  }
}
