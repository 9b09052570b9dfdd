import { Latest } from '../../src/latest.ts';
import type { Log, LogFields, LoggedWarning, LogLine as WrittenLine } from '../../src/log.ts';
import type { LogEvent } from '../../src/log-events.ts';

/** A line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly text: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines and lets a test wait for one. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = [];
  readonly warnings: Latest<LoggedWarning>;
  readonly #waiting = new Set<() => void>();
  readonly #fields: LogFields;
  readonly #root: RecordingLog;

  constructor(fields: LogFields = {}, root?: RecordingLog) {
    this.#fields = fields;
    this.#root = root ?? this;
    this.warnings = root?.warnings ?? new Latest(200);
  }

  debug(event: string, text: string, fields?: LogFields): void {
    this.#root.#add({ level: 'debug', event, text, fields: { ...this.#fields, ...fields } });
  }

  info(event: string, text: string, fields?: LogFields): void {
    this.#root.#add({ level: 'info', event, text, fields: { ...this.#fields, ...fields } });
  }

  warn(event: string, text: string, fields?: LogFields): void {
    this.#root.#add({ level: 'warn', event, text, fields: { ...this.#fields, ...fields } });
  }

  error(event: string, text: string, fields?: LogFields): void {
    this.#root.#add({ level: 'error', event, text, fields: { ...this.#fields, ...fields } });
  }

  write({ kind, event, text, fields }: WrittenLine): void {
    this.#root.#add({ level: kind, event, text, fields: { ...this.#fields, ...fields } });
  }

  with(fields: LogFields): Log {
    return new RecordingLog({ ...this.#fields, ...fields }, this.#root);
  }

  of(_kind: unknown, _name: string, fields: LogFields = {}): Log {
    return this.with(fields);
  }

  lostLines(): number {
    return 0;
  }

  leftOut(): [] {
    return [];
  }

  configure(): void {}

  /** Levels that were set, in order. */
  readonly levels: string[] = [];

  setLevel(level: string): void {
    this.levels.push(level);
  }

  catchUp(): void {}

  /** The lines of an event that have these fields. */
  find(event: string, fields: LogFields = {}): LogLine[] {
    return this.lines.filter(
      (line) =>
        line.event === event && Object.entries(fields).every(([name, value]) => line.fields[name] === value),
    );
  }

  /**
   * Resolves with the `count`-th line of an event that has these fields, be it there already or not; rejects with all
   * lines so far when it does not come in time.
   */
  async waitFor(
    event: string,
    fields: LogFields = {},
    { count = 1, timeoutMs = 15_000 }: { readonly count?: number; readonly timeoutMs?: number } = {},
  ): Promise<LogLine> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const line = this.find(event, fields)[count - 1];
      if (line !== undefined) return line;
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          const lines = this.lines.map(({ event: name, text }) => `  ${name}: ${text}`).join('\n');
          reject(new Error(`no line ${event} ${JSON.stringify(fields)} in ${timeoutMs} ms, but\n${lines}`));
        };
        deadline.addEventListener('abort', stop, { once: true });
        this.#waiting.add(() => {
          deadline.removeEventListener('abort', stop);
          resolve();
        });
      });
    }
  }

  #add(line: LogLine): void {
    this.lines.push(line);
    const { level: kind, event, text, fields } = line;
    if (kind === 'warn' || kind === 'error')
      this.warnings.add({ at: Date.now(), line: { kind, event: event as LogEvent, text, fields } });
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
