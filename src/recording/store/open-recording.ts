import type { RecordingFile } from '../file/recording-file.ts';
import type { RecordedFormat } from '../format/recorded-format.ts';
import type { RecordedFrame } from '../link/store-link.ts';
import { RecordingError } from '../recording-error.ts';
import type { FileSync } from './file-syncs.ts';

/** Frames are written when they have waited so long, milliseconds, or are so many bytes. */
const FLUSH_MS = 250;
const FLUSH_BYTES = 256 * 1024;

/** So much is written at a time: what there is no room for is lost as a whole, bytes. */
const WRITE_BYTES = 2 ** 20;

/** What a recording needs of its store. */
export interface OpenRecordingHost {
  /** Bytes of frames are on the disk, or will never be. */
  onTaken(bytes: number): void;
  /** It can be written no more, for a reason of the file system. */
  onFault(error: unknown): void;
  /** Keeps an eye on how long the disk takes. */
  watch<T>(work: Promise<T>): Promise<T>;
}

/** A file with what waits for it: one write at a time, of all that has come meanwhile. */
export class OpenRecording {
  readonly #format: RecordedFormat;
  readonly #host: OpenRecordingHost;
  #file: RecordingFile | undefined;
  #sync: FileSync | undefined;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Of the payloads that wait. */
  #frameBytes = 0;
  #isFaulty = false;

  constructor(format: RecordedFormat, host: OpenRecordingHost) {
    this.#format = format;
    this.#host = host;
  }

  get format(): RecordedFormat {
    return this.#format;
  }

  /** The file is there: what waits can be written. @param sync - told of what is */
  open(file: RecordingFile, sync: FileSync): void {
    this.#file = file;
    this.#sync = sync;
    this.#flushSoon();
  }

  /** @returns whether it belongs into this file */
  take(frame: RecordedFrame): boolean {
    if (!this.#format.take(frame)) return false;
    this.#frameBytes += frame.payload.length;
    if (this.#isFaulty) this.#forget();
    else this.#flushSoon();
    return true;
  }

  /**
   * Writes what waits, and the ending.
   * @param facts - what is said of it
   * @throws what the file system says, now or before: what was written is there to be recovered
   */
  async finish(facts: () => Buffer): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    try {
      while (!this.#isFaulty && (this.#flushing !== undefined || this.#format.waitingBytes > 0)) {
        this.#flush();
        await this.#flushing;
      }
      if (this.#isFaulty) throw new RecordingError('unavailable', 'it could not be written to its end');
      this.#sync?.close(); // the end has all of it on the disk
      const tail = this.#format.tail();
      if (tail.length > 0) await this.#host.watch(file.append([tail]));
      await this.#host.watch(file.finish(this.#format.head(), facts()));
    } finally {
      this.#sync?.close();
      await file.close();
    }
  }

  /** Lets go of what waits, and takes nothing more. */
  fail(): void {
    this.#isFaulty = true;
    clearTimeout(this.#timer);
    this.#forget();
  }

  #flushSoon(): void {
    if (this.#file === undefined || this.#flushing !== undefined) return;
    if (this.#format.waitingBytes >= FLUSH_BYTES) this.#flush();
    else if (this.#format.waitingBytes > 0) this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    if (this.#file === undefined || this.#flushing !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = this.#format.drain(WRITE_BYTES);
    const isAll = this.#format.waitingBytes === 0;
    const frameBytes = isAll ? this.#frameBytes : 0;
    if (isAll) this.#frameBytes = 0;
    this.#flushing = this.#host.watch(this.#file.append([bytes])).then(
      () => {
        this.#flushing = undefined;
        this.#sync?.onWritten();
        if (frameBytes > 0) this.#host.onTaken(frameBytes);
        if (!this.#isFaulty) this.#flushSoon();
      },
      (error: unknown) => {
        this.#flushing = undefined;
        if (frameBytes > 0) this.#host.onTaken(frameBytes);
        this.fail();
        this.#host.onFault(error);
      },
    );
  }

  /** What comes behind a fault is let go. */
  #forget(): void {
    this.#format.drain();
    if (this.#frameBytes > 0) this.#host.onTaken(this.#frameBytes);
    this.#frameBytes = 0;
  }
}
