import { type DestinationStream, destination, type LevelWithSilent, pino } from 'pino';

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

/** Opens the log that the options ask for; `pretty` where standard output is a terminal and they do not say. */
export async function openLog(settings: LogOptions, name: string): Promise<Log> {
  const isPretty = (settings.format ?? (process.stdout.isTTY ? 'pretty' : 'json')) === 'pretty';
  return pinoLog(settings.level, name, isPretty ? await prettyStream() : destination({ fd: 1, sync: true }));
}

/** A log that writes JSON lines to a stream. */
export function pinoLog(level: LevelWithSilent, name: string, stream: DestinationStream): Log {
  const logger = pino({ level, base: { relay: name }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return new PinoLog(
    (kind, fields, text) => logger[kind](fields, text),
    {},
    (kind) => logger.isLevelEnabled(kind),
  );
}

/** A log that drops everything. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLog,
};

/** The text with control and other invisible characters as escapes, so that a peer cannot forge lines or paint a terminal. */
export function printable(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

type Kind = 'debug' | 'info' | 'warn' | 'error';

/** One small object per connection instead of a pino child, of which ten thousand would weigh tens of megabytes. */
class PinoLog implements Log {
  readonly #write: (kind: Kind, fields: LogFields, text: string) => void;
  readonly #fields: LogFields;
  readonly #isEnabled: (kind: Kind) => boolean;

  constructor(
    write: (kind: Kind, fields: LogFields, text: string) => void,
    fields: LogFields,
    isEnabled: (kind: Kind) => boolean,
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
    return new PinoLog(this.#write, { ...this.#fields, ...fields }, this.#isEnabled);
  }

  #line(kind: Kind, event: string, text: string, fields: LogFields = {}): void {
    if (!this.#isEnabled(kind)) return;
    const escaped: Record<string, LogFields[string]> = { event };
    for (const [name, value] of Object.entries({ ...this.#fields, ...fields })) {
      escaped[name] = typeof value === 'string' ? printable(value) : value;
    }
    this.#write(kind, escaped, printable(text));
  }
}

async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    sync: true,
    ignore: 'pid,hostname,relay,event',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}
