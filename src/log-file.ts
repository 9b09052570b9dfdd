import { close, constants, fstatSync, open } from 'node:fs';
import { promisify } from 'node:util';
import { PlainError } from './errors.ts';
import { FileSink, LogOutput } from './log-output.ts';

/** Its owner writes it, its group may read it. */
const MODE = 0o640;

/** Neither a pipe without a reader nor a terminal holds whoever opens it. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NONBLOCK ?? 0) |
  (constants.O_NOCTTY ?? 0);

/** The file of a log cannot be opened: which, and why not. */
export class LogFileError extends PlainError {
  override readonly name = 'LogFileError';
}

/** A log's output that is a file, which may be moved away and opened again. */
export class LogFile {
  readonly path: string;
  readonly output: LogOutput;
  readonly #sink: FileSink;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#sink = new FileSink(file);
    this.output = new LogOutput(this.#sink);
  }

  /** Opens a file to append to, which is made where there is none. @throws LogFileError */
  static async open(path: string): Promise<LogFile> {
    return new LogFile(path, await openFile(path));
  }

  /** Lines go to the file that has the name now. @throws LogFileError; then they go on to the old one */
  async reopen(): Promise<void> {
    this.#sink.moveTo(await openFile(this.path));
  }
}

/** @returns its descriptor */
async function openFile(path: string): Promise<number> {
  try {
    const file = await promisify(open)(path, FLAGS, MODE);
    const kind = fstatSync(file);
    if (kind.isFile() || kind.isCharacterDevice()) return file;
    close(file, () => {});
    throw new Error('it is no file');
  } catch (error) {
    throw new LogFileError(`cannot write the log ${path}: ${(error as Error).message}`, { cause: error });
  }
}
