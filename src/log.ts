import { type DestinationStream, type LevelWithSilent, levels, pino } from 'pino';
import type { LogOutput } from './log-output.ts';

/** What a line is about, by name. Strings from peers may be put in as they are: they are escaped. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one line per call: `event` names what happened for machines, `text` says it to people. */
export interface Log {
  debug(event: string, text: string, fields?: LogFields): void;
  info(event: string, text: string, fields?: LogFields): void;
  warn(event: string, text: string, fields?: LogFields): void;
  error(event: string, text: string, fields?: LogFields): void;
  /** A log whose lines carry these fields as well. */
  with(fields: LogFields): Log;
}

/** Longest string of one field or text, characters. */
const MAX_TEXT = 1000;

/** What is logged, and how. */
export interface LogOptions {
  /** Least severe level that is logged. */
  readonly level: LevelWithSilent;
  /** For people or for machines; null: for people on a terminal. */
  readonly format: 'pretty' | 'json' | null;
}

/** One line of a log, its strings escaped. */
export interface LogLine {
  readonly kind: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly text: string;
  readonly fields: LogFields;
}

/** Opens the log that the options ask for; `pretty` where standard output is a terminal and they do not say. */
export async function openLog(settings: LogOptions, name: string, output: LogOutput): Promise<Log> {
  const isPretty = (settings.format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty';
  const log = pinoLog(settings.level, name, isPretty ? await prettified(output) : output);
  output.onMissing = (lines) => tellMissing(log, lines);
  return log;
}

/** Says that lines are missing before this one: whatever the level, for nobody could know. */
export function tellMissing(log: Log, lines: number): void {
  log.error('log-dropped', `${lines} lines of the log are missing here: nobody took them`, { lines });
}

/** A log that writes JSON lines to a stream. */
export function pinoLog(level: LevelWithSilent, name: string, stream: DestinationStream): Log {
  const logger = pino({ level, base: { relay: name }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return lineLog(level, ({ kind, event, text, fields }) => logger[kind]({ event, ...fields }, text));
}

/** A log that hands its lines on as they are. */
export function lineLog(level: LevelWithSilent, write: (line: LogLine) => void): Log {
  const least = levels.values[level] ?? Number.POSITIVE_INFINITY; // silent has none
  return new LineLog(write, {}, (kind) => (levels.values[kind] ?? 0) >= least);
}

/** The text with control and other invisible characters as escapes, so that a peer cannot forge lines or paint a terminal. */
export function printable(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** One small object per connection instead of a pino child, of which ten thousand would weigh tens of megabytes. */
class LineLog implements Log {
  readonly #write: (line: LogLine) => void;
  readonly #fields: LogFields;
  readonly #isEnabled: (kind: LogLine['kind']) => boolean;

  constructor(
    write: (line: LogLine) => void,
    fields: LogFields,
    isEnabled: (kind: LogLine['kind']) => boolean,
  ) {
    this.#write = write;
    this.#fields = fields;
    this.#isEnabled = isEnabled;
  }

  debug(event: string, text: string, fields?: LogFields): void {
    this.#line('debug', event, text, fields);
  }

  info(event: string, text: string, fields?: LogFields): void {
    this.#line('info', event, text, fields);
  }

  warn(event: string, text: string, fields?: LogFields): void {
    this.#line('warn', event, text, fields);
  }

  error(event: string, text: string, fields?: LogFields): void {
    this.#line('error', event, text, fields);
  }

  with(fields: LogFields): Log {
    return new LineLog(this.#write, { ...this.#fields, ...fields }, this.#isEnabled);
  }

  #line(kind: LogLine['kind'], event: string, text: string, fields: LogFields = {}): void {
    if (!this.#isEnabled(kind)) return;
    const escaped: Record<string, LogFields[string]> = {};
    for (const [name, value] of Object.entries({ ...this.#fields, ...fields })) {
      escaped[name] = typeof value === 'string' ? printable(value) : value;
    }
    this.#write({ kind, event, text: printable(text), fields: escaped });
  }
}

/** The output with its lines made readable for people. */
async function prettified(output: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({
    ignore: 'pid,hostname,relay,event',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return { write: (line) => output.write(prettify(line)) };
}
