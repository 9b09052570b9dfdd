import type { LogSettings } from '../../../config/log-settings.ts';
import { type Log, type LogLine, lineLog, tellLeftOut, tellMissing } from '../../../log.ts';
import { LineBudget } from '../../../log-output.ts';
import { LogShares } from '../../../log-shares.ts';
import { WORKER_DIED } from '../measuring/label-values.ts';
import type { PublicationFacts, WorkerStart } from './messages.ts';

/** A worker's log: its lines go to the main thread, which alone writes, so that no two threads cut into each other's. */
export class WorkerLog {
  readonly log: Log;
  readonly #budget = new LineBudget();

  /** @param send - takes a line to the main thread, with the size to be given back by {@link onTaken} */
  constructor(
    { level, linesPerSecond, linesPerSecondPerAddress }: LogSettings,
    { index, count }: Pick<WorkerStart, 'index' | 'count'>,
    send: (line: LogLine, bytes: number) => void,
  ) {
    const shares = new LogShares({
      linesPerSecond: linesPerSecond / count,
      linesPerSecondPerAddress,
    });
    const write = (line: LogLine): void => {
      const bytes = sizeOf(line);
      if (this.#budget.take(bytes)) send(line, bytes);
    };
    this.log = lineLog(level, write, shares, () => this.#budget.lost).with({ worker: index });
    shares.onLeftOut = (leftOut) => tellLeftOut(this.log, leftOut);
  }

  /** The main thread has taken a line. */
  onTaken(bytes: number): void {
    const missing = this.#budget.give(bytes);
    if (missing > 0) tellMissing(this.log, missing);
  }
}

/** About what a line takes while it waits. */
function sizeOf({ text, fields }: LogLine): number {
  const strings = Object.values(fields).filter((value) => typeof value === 'string');
  return strings.reduce((sum, { length }) => sum + length, 200 + text.length);
}

/** Writes the last lines of what was published in a worker that has died. */
export function logUnpublished(log: Log, worker: number, publications: readonly PublicationFacts[]): void {
  for (const { stream, ...peer } of publications) {
    const text = `stopped publishing ${stream}: its worker died`;
    const facts = { stream, seconds: null, bytes: null, reason: WORKER_DIED };
    log.with({ worker, ...peer }).info('unpublish', text, facts);
  }
}
