import { close, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** What of a log may wait for its reader, bytes. */
export const MAX_HELD_BYTES: number = 2 ** 20;

/** Holds so many bytes of lines; whole lines beyond are left out until half of it is free, so that they are missing in one place. */
export class LineBudget {
  #heldBytes = 0;
  #missing = 0;
  #isFull = false;
  #lost = 0;

  /** How many lines were left out or have failed so far. */
  get lost(): number {
    return this.#lost;
  }

  /** What waits for the reader now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether a line may be written; it is left out and counted otherwise. */
  take(bytes: number): boolean {
    this.#isFull ||= this.#heldBytes + bytes > MAX_HELD_BYTES;
    if (this.#isFull) this.#miss();
    else this.#heldBytes += bytes;
    return !this.#isFull;
  }

  /**
   * A line waits no longer: it has been taken, or failed.
   * @returns how many lines are missing before the next one, when it is time to say so; else 0
   */
  give(bytes: number, hasFailed = false): number {
    this.#heldBytes -= bytes;
    if (hasFailed) this.#miss();
    if (this.#heldBytes > MAX_HELD_BYTES / 2) return 0;
    this.#isFull = false;
    if (hasFailed) return 0; // nobody would read it
    const missing = this.#missing;
    this.#missing = 0;
    return missing;
  }

  #miss(): void {
    this.#missing++;
    this.#lost++;
  }
}

/** Takes the lines of a log one after the other, and says of each how that went. */
export interface LineSink {
  write(line: Buffer, done: (error?: Error | null) => void): unknown;
}

/** Where a log goes, without ever waiting for whoever reads it. */
export class LogOutput {
  readonly #sink: LineSink;
  readonly #budget = new LineBudget();
  /** Says in the log that lines are missing. */
  onMissing: (lines: number) => void = () => {};
  /** Says, elsewhere than in the log, that lines cannot be written from now on. */
  onFault: (problem: string) => void = () => {};
  #isFaulty = false;
  #onEmpty: () => void = () => {};
  #isClosed = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** The output that is standard output, be it a pipe, a terminal or a file. */
  static standard(): LogOutput {
    const { stdout } = process;
    return new LogOutput(stdout instanceof Socket ? unblocked(stdout) : new FileSink(1));
  }

  /** How many lines nobody has taken so far. */
  get lost(): number {
    return this.#budget.lost;
  }

  /** Writes a line, or leaves it out where too much waits already. */
  write(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(line);
    if (!this.#budget.take(bytes.length)) return;
    this.#sink.write(bytes, (error) => {
      if (error && !this.#isFaulty) this.onFault(error.message);
      this.#isFaulty = Boolean(error);
      const missing = this.#budget.give(bytes.length, this.#isFaulty);
      if (missing > 0) this.#tellMissing(missing);
      if (this.#budget.heldBytes === 0) this.#onEmpty();
    });
  }

  /** The last line is written: takes no more, unless to say that lines are missing, perhaps that one. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when all lines have been taken, or after this time. */
  flush(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#budget.heldBytes === 0) return Promise.resolve();
    this.#onEmpty = resolve;
    setTimeout(resolve, withinMs).unref();
    return promise;
  }

  #tellMissing(lines: number): void {
    const wasClosed = this.#isClosed;
    this.#isClosed = false;
    this.onMissing(lines);
    this.#isClosed = wasClosed;
  }
}

/** Pipes never block here; terminals do unless told: one whose reader stands still would hold the whole process. */
function unblocked(stream: Writable): LineSink {
  const handle: unknown = Reflect.get(stream, '_handle'); // node has no public name for it
  const hasMode = (value: unknown): value is { setBlocking(isBlocking: boolean): unknown } =>
    typeof value === 'object' && value !== null && 'setBlocking' in value;
  if (hasMode(handle)) handle.setBlocking(false);
  stream.on('error', () => {}); // the reader has gone: its lines fail one by one
  return stream;
}

/**
 * Writes to a file from the thread pool, so that a disk that hangs holds nobody. Neither node's stream for files nor
 * sonic-boom will do: the former writes in the main thread, and at exit the latter tries a full disk for ever.
 */
export class FileSink implements LineSink {
  #file: number;
  /** The file that takes its place before anything else is written. */
  #next: number | undefined;
  #waiting: Parameters<LineSink['write']>[] = [];
  #isWriting = false;
  /** Whether the file ends in the middle of a line. */
  #isTorn = false;

  /** @param file - a descriptor, which is this one's from now on */
  constructor(file: number) {
    this.#file = file;
    process.once('exit', () => this.#writeRest());
  }

  write(...line: Parameters<LineSink['write']>): void {
    this.#waiting.push(line);
    if (!this.#isWriting) this.#writeWaiting();
  }

  /** Writes to another file from now on; what is being written goes to the old one, which is closed then. */
  moveTo(file: number): void {
    if (this.#next !== undefined) close(this.#next, () => {});
    this.#next = file;
    if (!this.#isWriting) this.#move();
  }

  #move(): void {
    if (this.#next === undefined) return;
    close(this.#file, () => {});
    this.#file = this.#next;
    this.#next = undefined;
    this.#isTorn = false;
  }

  #writeWaiting(): void {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#isWriting = lines.length > 0;
    this.#move();
    if (!this.#isWriting) return;
    const begin = this.#isTorn ? '\n' : '';
    const bytes = Buffer.concat([Buffer.from(begin), ...lines.map(([line]) => line)]);
    this.#writeAll(bytes, 0, (error, written) => {
      let end = begin.length;
      this.#isTorn &&= written < end;
      for (const [line, done] of lines) {
        const isTorn = written > end && written < end + line.length;
        end += line.length;
        this.#isTorn ||= isTorn;
        done(written < end ? error : null);
      }
      this.#writeWaiting();
    });
  }

  /** @param done - told how much was written */
  #writeAll(bytes: Buffer, from: number, done: (error: Error | null, written: number) => void): void {
    write(this.#file, bytes, from, (error, written) => {
      const end = from + (error === null ? written : 0);
      if (error !== null || end === bytes.length) done(error, end);
      else this.#writeAll(bytes, end, done);
    });
  }

  /** The process ends without having waited. */
  #writeRest(): void {
    try {
      if (this.#waiting.length > 0) writeSync(this.#file, Buffer.concat(this.#waiting.map(([line]) => line)));
    } catch {} // nobody is left to be told
  }
}
