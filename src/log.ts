import { type DestinationStream, type LevelWithSilent, levels, pino } from 'pino';
import { Latest } from './latest.ts';
import type { EventFields, LogEvent, LogValue } from './log-events.ts';
import type { LogOutput } from './log-output.ts';
import { type LeftOut, type LogRates, LogShares, type SpeakerKind } from './log-shares.ts';

/** What a line is about, by name. Strings from peers may be put in as they are: they are escaped and cut. */
export type LogFields = Readonly<Record<string, LogValue>>;

/**
 * Writes one line per call: `event` names what happened for machines, `text` says it to people. Where a line is about a peer the
 * text goes on from its name, as in `publishes live/cam1`.
 */
export interface Log {
  debug<E extends LogEvent>(event: E, text: string, fields?: EventFields<E>): void;
  info<E extends LogEvent>(event: E, text: string, fields?: EventFields<E>): void;
  warn<E extends LogEvent>(event: E, text: string, fields?: EventFields<E>): void;
  error<E extends LogEvent>(event: E, text: string, fields?: EventFields<E>): void;
  /** Writes a line that another thread has made. */
  write(line: LogLine): void;
  /** A log whose lines carry these fields as well. */
  with(fields: LogFields): Log;
  /**
   * The same whose lines are somebody else's doing, except for its errors, which are the relay's own: they come out of that
   * one's share of the log. @param name - the address of a peer, or what others are called
   */
  of(kind: SpeakerKind, name: string, fields?: LogFields): Log;
  /** The latest lines of level warn and error as they were written; none in a thread whose lines another one writes. */
  readonly warnings: Latest<LoggedWarning>;
  /** How many lines were left out because there were too many, by whose doing they were. */
  leftOut(): Iterable<[SpeakerKind, number]>;
  /** How many lines are missing because nobody took them. */
  lostLines(): number;
  /** Another level and other rates hold from now on, for every log that goes to the same place. */
  configure(settings: LogLevels & LogRates): void;
  /** Another level holds from now on, for the same logs. */
  setLevel(level: LevelWithSilent): void;
  /** Says at once what was left out and is to be said later: the log is about to end. */
  catchUp(): void;
}

/** Longest string of one field or text as it is written, characters. */
const MAX_TEXT = 1000;

/** The same on lines that peers cause, who would else have them as long as they can. */
export const MAX_PEER_TEXT = 200;

/** What stands where a string is cut. */
const CUT = '...';

/** Which lines are logged. */
export interface LogLevels {
  /** Least severe level that is logged. */
  readonly level: LevelWithSilent;
}

/** What is logged, and how. */
export interface LogOptions extends LogLevels, LogRates {
  /** For people or for machines; null: for people on a terminal. */
  readonly format: 'pretty' | 'json' | null;
}

/** One line of a log, its strings escaped. */
export interface LogLine {
  readonly kind: 'debug' | 'info' | 'warn' | 'error';
  readonly event: LogEvent;
  readonly text: string;
  readonly fields: LogFields;
}

/** A line of level warn or error as it was written. */
export interface LoggedWarning {
  /** When, milliseconds since 1970. */
  readonly at: number;
  readonly line: LogLine;
}

/** What a line says, with whom it is about where that is a peer: `192.0.2.1:50000 publishes live/cam1`. */
export function sentenceOf({ text, fields: { peer } }: Pick<LogLine, 'text' | 'fields'>): string {
  return peer === undefined ? text : `${String(peer)} ${text}`;
}

/** So many warnings are kept for those who look later. */
const KEPT_WARNINGS = 200;

/** Opens the log that the options ask for; `pretty` where it goes to a terminal and they do not say. */
export async function openLog(
  settings: LogOptions,
  name: string,
  output: LogOutput,
  isTerminal = false,
): Promise<Log> {
  const isPretty = (settings.format ?? (isTerminal ? 'pretty' : 'json')) === 'pretty';
  const shares = new LogShares(settings);
  const log = pinoLog(
    settings.level,
    name,
    isPretty ? await prettified(output) : output,
    shares,
    () => output.lost,
  );
  output.onMissing = (lines) => tellMissing(log, lines);
  shares.onLeftOut = (leftOut) => tellLeftOut(log, leftOut);
  return log;
}

/** Says that lines are missing before this one: whatever the level, for nobody could know. */
export function tellMissing(log: Log, lines: number): void {
  log.error('log-dropped', `${lines} lines are missing here: nobody was reading the log`, { lines });
}

const speakers: Readonly<Record<SpeakerKind, string>> = {
  peer: 'peers',
  demand: 'streams that players asked for',
  upstream: 'upstreams',
  forward: 'forwards',
  hook: 'hooks',
  operator: 'changes by operators',
  relay: 'errors inside the relay',
};

/** Says how many lines were left out because there were too many of their kind. */
export function tellLeftOut(log: Log, { kind, lines, most }: LeftOut): void {
  const mostly = most === undefined ? '' : `, ${most.lines} of them about ${most.name}`;
  const text = `left out ${lines} lines about ${speakers[kind]}${mostly}: there were too many`;
  log[kind === 'relay' ? 'error' : 'warn']('log-limited', text, { about: kind, lines, most: most?.name });
}

/**
 * A log that writes JSON lines to a stream.
 * @param name - of the relay, where it is known
 * @param shares - who may write how much; without them everybody may write all
 * @param lost - how many lines nobody has taken, where that is known
 */
export function pinoLog(
  level: LevelWithSilent,
  name: string | undefined,
  stream: DestinationStream,
  shares?: LogShares,
  lost: () => number = () => 0,
): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  const timestamp = pino.stdTimeFunctions.isoTime;
  const logger = pino({ level: 'trace', base: { relay: name }, timestamp, formatters }, stream);
  const warnings = new Latest<LoggedWarning>(KEPT_WARNINGS);
  const write = (line: LogLine): void => {
    const { kind, event, text, fields } = line;
    logger[kind]({ event, ...fields }, text);
    if (kind === 'warn' || kind === 'error') warnings.add({ at: Date.now(), line });
  };
  return new LineLog({ write, shares, lost, warnings, least: severityOf(level) });
}

/** A log that hands its lines on as they are. @param warnings - those that are kept. The rest is as for {@link pinoLog}. */
export function lineLog(
  level: LevelWithSilent,
  write: (line: LogLine) => void,
  shares?: LogShares,
  lost: () => number = () => 0,
  warnings: Latest<LoggedWarning> = new Latest(0),
): Log {
  return new LineLog({ write, shares, lost, warnings, least: severityOf(level) });
}

/** A log whose lines a function of another program gets, who may write how much held to. @param write - must not throw */
export function functionLog(settings: LogLevels & LogRates, write: (line: LogLine) => void): Log {
  const shares = new LogShares(settings);
  const warnings = new Latest<LoggedWarning>(KEPT_WARNINGS);
  const keep = (line: LogLine): void => {
    if (line.kind === 'warn' || line.kind === 'error') warnings.add({ at: Date.now(), line });
    write(line);
  };
  const log = lineLog(settings.level, keep, shares, undefined, warnings);
  shares.onLeftOut = (leftOut) => tellLeftOut(log, leftOut);
  return log;
}

function severityOf(level: LevelWithSilent): number {
  return levels.values[level] ?? Number.POSITIVE_INFINITY; // silent has none
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * The text with control and other invisible characters as escapes, so that a peer cannot forge lines or paint a terminal.
 * @param most - longer than this, with its escapes, it is cut
 */
export function printable(text: string, most: number = MAX_TEXT): string {
  if (text.length <= most && !UNPRINTABLE.test(text)) return text;
  let shown = '';
  let keptLength = 0; // of what is shown when it is cut
  for (const character of text) {
    shown += escaped(character);
    if (shown.length > most) return shown.slice(0, keptLength) + CUT;
    if (shown.length <= most - CUT.length) keptLength = shown.length;
  }
  return shown;
}

function escaped(character: string): string {
  if (!UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Where the lines of a log go. */
interface LineWriter {
  readonly write: (line: LogLine) => void;
  /** The least severity that is written. */
  least: number;
  readonly shares: LogShares | undefined;
  readonly lost: () => number;
  readonly warnings: Latest<LoggedWarning>;
}

/** One small object per connection instead of a pino child, of which ten thousand would weigh tens of megabytes. */
class LineLog implements Log {
  readonly #writer: LineWriter;
  readonly #fields: LogFields;
  /** Whose doing its lines are, and how that one is called; nobody's where they are the relay's own. */
  readonly #kind: SpeakerKind | undefined;
  readonly #name: string;

  constructor(writer: LineWriter, fields: LogFields = {}, kind?: SpeakerKind, name = '') {
    this.#writer = writer;
    this.#fields = fields;
    this.#kind = kind;
    this.#name = name;
  }

  debug(event: LogEvent, text: string, fields?: LogFields): void {
    this.write({ kind: 'debug', event, text, fields: fields ?? {} });
  }

  info(event: LogEvent, text: string, fields?: LogFields): void {
    this.write({ kind: 'info', event, text, fields: fields ?? {} });
  }

  warn(event: LogEvent, text: string, fields?: LogFields): void {
    this.write({ kind: 'warn', event, text, fields: fields ?? {} });
  }

  error(event: LogEvent, text: string, fields?: LogFields): void {
    this.write({ kind: 'error', event, text, fields: fields ?? {} });
  }

  with(fields: LogFields): Log {
    return new LineLog(this.#writer, { ...this.#fields, ...fields }, this.#kind, this.#name);
  }

  of(kind: SpeakerKind, name: string, fields: LogFields = {}): Log {
    return new LineLog(this.#writer, { ...this.#fields, ...fields }, kind, name);
  }

  get warnings(): Latest<LoggedWarning> {
    return this.#writer.warnings;
  }

  leftOut(): Iterable<[SpeakerKind, number]> {
    return this.#writer.shares?.leftOut() ?? [];
  }

  lostLines(): number {
    return this.#writer.lost();
  }

  setLevel(level: LevelWithSilent): void {
    this.#writer.least = severityOf(level);
  }

  configure({ level, ...rates }: LogLevels & LogRates): void {
    this.#writer.least = severityOf(level);
    this.#writer.shares?.configure(rates);
  }

  catchUp(): void {
    this.#writer.shares?.tellAll();
  }

  write({ kind, event, text, fields }: LogLine): void {
    if (severityOf(kind) < this.#writer.least || !this.#mayWrite(kind, event)) return;
    const most = this.#kind === 'peer' && kind !== 'error' ? MAX_PEER_TEXT : MAX_TEXT;
    const shown: Record<string, LogFields[string]> = {};
    for (const [name, value] of Object.entries({ ...this.#fields, ...fields })) {
      shown[name] = typeof value === 'string' ? printable(value, most) : value;
    }
    this.#writer.write({ kind, event, text: printable(text, most), fields: shown });
  }

  /** Peers can make faults come again and again: of each event so many are enough. */
  #mayWrite(kind: LogLine['kind'], event: string): boolean {
    const { shares } = this.#writer;
    if (shares === undefined) return true;
    if (kind === 'error') return shares.take('relay', event);
    return this.#kind === undefined || shares.take(this.#kind, this.#name);
  }
}

/** What of a line people may want to know besides what it says. */
const asides = ['connection', 'worker', 'protocol', 'client', 'code'] as const;

/** The output with its lines made readable for people: `192.0.2.1:50000 publishes live/cam1 (connection c1, protocol rtmp)`. */
async function prettified(output: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    hideObject: true,
    messageFormat: (line) => {
      const known = asides.filter((name) => line[name] !== undefined && line[name] !== null);
      const aside = known.map((name) => `${name} ${String(line[name])}`).join(', ');
      const sentence = sentenceOf({ text: String(line['msg']), fields: line as LogFields });
      return `${sentence}${aside === '' ? '' : ` (${aside})`}`;
    },
  });
  return { write: (line) => output.write(prettify(line)) };
}
