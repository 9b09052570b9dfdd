import type { Log } from '../../log.ts';
import { LineBudget } from '../../log-output.ts';
import type { LineWriter } from './access-log.ts';
import { tellMissingLines } from './access-log.ts';

/** A worker's access log: its lines go to the main thread, which alone writes the file. */
export class WorkerAccessLog implements LineWriter {
  readonly #log: Log;
  readonly #budget = new LineBudget();
  readonly #send: (line: string, bytes: number) => void;

  /** @param send - takes a line to the main thread, with the size to be given back by {@link onTaken} */
  constructor(log: Log, send: (line: string, bytes: number) => void) {
    this.#log = log;
    this.#send = send;
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#budget.take(bytes)) this.#send(line, bytes);
  }

  /** The main thread has taken a line. */
  onTaken(bytes: number): void {
    const missing = this.#budget.give(bytes);
    if (missing > 0) tellMissingLines(this.#log, missing);
  }
}
