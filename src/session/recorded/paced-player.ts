import { Deadline } from '../deadline.ts';
import type { SocketWriter } from '../socket-writer.ts';
import {
  type NamedForm,
  type PackedSpan,
  type PlayedPart,
  packed,
  packedPart,
  packedSpan,
} from './packed-span.ts';
import type { RecordedFile } from './recorded-file.ts';
import { type RecordedStart, startAt } from './recorded-start.ts';
import type { RecordingLibrary } from './recording-library.ts';

/** What a player has not said of its buffer, milliseconds. */
const DEFAULT_BUFFER_MS = 3000;

/** What a player has not taken of what was written for it: with more it gets no more for now, bytes. */
const MAX_BACKLOG_BYTES = 256 * 1024;

/** Who is sent a recording. */
export interface PlayerEvents {
  readonly writer: Pick<SocketWriter, 'backlogBytes' | 'takenBytes' | 'write'>;
  /** Media is about to be written. */
  onSending(): void;
  /** All that was wanted is written. */
  onComplete(): void;
  /** It took nothing for too long. */
  onStalled(): void;
  /** The recording cannot be read on. @param error - a `RecordingError`, or a bug */
  onFailed(error: unknown): void;
}

/** One way through a recording, from a place on; another one takes its place at a seek. */
interface Run {
  readonly part: PlayedPart;
  /** What the clock said when the media of `part.fromMs` was due, less the time that it was paused. */
  dueAt: number;
}

/**
 * Sends a recording to one player at the pace of its buffer: as far ahead as that holds, and from then on as the media lasts.
 * What is paused goes on where it was.
 */
export class PacedPlayer {
  readonly #library: RecordingLibrary;
  readonly #file: RecordedFile;
  readonly #events: PlayerEvents;
  readonly #stall: Deadline;
  readonly #stopTicks: () => void;
  #form: NamedForm;
  #run: Run | undefined;
  #pausedAt: number | undefined;
  #wake: (() => void) | undefined;
  #bufferMs = DEFAULT_BUFFER_MS;
  #takenBytes = 0;
  /** How far the player was sent, milliseconds of the recording. */
  #sentMs = 0;

  constructor(library: RecordingLibrary, file: RecordedFile, form: NamedForm, events: PlayerEvents) {
    this.#library = library;
    this.#file = file;
    this.#form = form;
    this.#events = events;
    this.#stall = new Deadline(library.clock, () => this.#onUntaken());
    this.#stopTicks = library.ticks.add(() => this.#wake?.());
  }

  /** Plays a part, whatever was played before. */
  play(part: PlayedPart): void {
    const now = this.#library.clock.now();
    const run = { part, dueAt: now };
    this.#run = run;
    this.#sentMs = part.fromMs;
    if (this.#pausedAt !== undefined) this.#pausedAt = now;
    this.#wake?.();
    this.#send(run).then(
      () => {},
      (error: unknown) => {
        if (run === this.#run) this.#events.onFailed(error);
      },
    );
  }

  pause(): void {
    this.#pausedAt ??= this.#library.clock.now();
  }

  /** @param fromMs - what the player has seen; undefined: all that it was sent */
  resume(fromMs: number | undefined): void {
    const { clock } = this.#library;
    if (this.#pausedAt === undefined) return;
    const pausedMs = clock.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    const run = this.#run;
    if (run === undefined) return;
    if (fromMs !== undefined && fromMs < this.#sentMs)
      this.play({ ...run.part, fromMs, behindMs: fromMs, isContinued: true }); // it has thrown away what it had
    else run.dueAt += pausedMs;
    this.#wake?.();
  }

  /** So much the player holds before it shows it. */
  set bufferMs(ms: number) {
    this.#bufferMs = ms;
    this.#wake?.();
  }

  /** The player wants other kinds of media from now on. */
  change(form: NamedForm): void {
    this.#form = form;
  }

  stop(): void {
    this.#run = undefined;
    this.#stall.clear();
    this.#stopTicks();
    this.#wake?.();
  }

  async #send(run: Run): Promise<void> {
    const { part } = run;
    const start = await startAt(this.#file, part.fromMs);
    if (run !== this.#run) return;
    this.#begin(start, part);
    for (let offset = start.offset; offset < this.#file.recording.bytes; ) {
      const form = this.#form;
      const found = packedSpan(this.#file, offset, form, part.baseMs);
      const span = found instanceof Promise ? await found : found;
      if (span.firstMs >= part.untilMs) break;
      while (run === this.#run && !this.#mayGo(run, span)) await this.#awaitChange();
      if (run !== this.#run) return;
      if (form === this.#form) {
        await this.#write(run, offset, form, span);
        if (run !== this.#run) return;
        offset = span.next;
      }
    }
    this.#stall.clear();
    this.#run = undefined;
    this.#events.onComplete();
  }

  #begin({ headers }: RecordedStart, { isContinued, baseMs }: PlayedPart): void {
    if (isContinued || headers.length === 0) return;
    this.#events.writer.write(packed(headers, this.#form.form, baseMs));
  }

  /** Whether there is room, and the player's buffer wants it. */
  #mayGo(run: Run, { firstMs }: PackedSpan): boolean {
    const { writer } = this.#events;
    if (writer.backlogBytes >= MAX_BACKLOG_BYTES) return false;
    this.#stall.clear();
    if (this.#pausedAt !== undefined) return false;
    return firstMs - run.part.fromMs <= this.#library.clock.now() - run.dueAt + this.#bufferMs;
  }

  async #write(run: Run, offset: number, { form }: NamedForm, span: PackedSpan): Promise<void> {
    const { part } = run;
    const isWhole = span.firstMs > part.behindMs && span.lastMs < part.untilMs;
    const bytes = isWhole ? span.bytes : await packedPart(this.#file, offset, form, part);
    if (run !== this.#run || bytes.length === 0) return;
    this.#sentMs = Math.max(this.#sentMs, span.lastMs);
    const { writer } = this.#events;
    this.#events.onSending();
    writer.write(bytes, () => this.#wake?.());
    if (writer.backlogBytes >= MAX_BACKLOG_BYTES) this.#expectTaken();
  }

  /** Until the next tick, something is taken, or the player wants something else. */
  #awaitChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #expectTaken(): void {
    this.#takenBytes = this.#events.writer.takenBytes;
    this.#stall.expect('taking of media', this.#library.limits.stallTimeoutMs);
  }

  #onUntaken(): void {
    if (this.#events.writer.takenBytes === this.#takenBytes) this.#events.onStalled();
    else this.#expectTaken();
  }
}
