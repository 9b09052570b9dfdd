import { z } from 'zod';
import { fileName, integer, section } from './setting-schema.ts';
import { readConfigStart } from './sources/config-file.ts';
import { jsoncLibrary } from './sources/jsonc-library.ts';

/** From the most to the least severe; `silent` logs nothing. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** What is logged, where to, and how. */
export interface LogSettings {
  /** Least severe level that is logged; default info. */
  readonly level: LogLevel;
  /** `pretty` for people, `json` for machines, one object per line; null (default): pretty on a terminal, else json. */
  readonly format: 'pretty' | 'json' | null;
  /** File that lines are appended to, opened again at SIGUSR2; null (default): standard output. */
  readonly file: string | null;
  /** Lines a second about peers, 1 to 10,000, those of five seconds at once; as many about upstreams, and about forwards; default 100. */
  readonly linesPerSecond: number;
  /** Those of them about one IPv4 address or IPv6 /64, or about one stream; default 5. */
  readonly linesPerSecondPerAddress: number;
}

/** A line for each publication, play and refused connection at its end. */
export interface AccessLogSettings {
  /** File that lines are appended to, opened again at SIGUSR2; null (default): there is no access log. */
  readonly file: string | null;
  /** `json` (default), one object per line, or `combined`, the Combined Log Format of web servers. */
  readonly format: 'json' | 'combined';
  /** Lines a second, 1 to 100,000, those of ten seconds at once; default 1,000. */
  readonly linesPerSecond: number;
}

const maxLinesPerSecond = 10_000;

/** Schema of `log`. */
export const logSettings: z.ZodType<LogSettings> = section<LogSettings>({
  level: z.enum(logLevels).default('info'),
  format: z.enum(['pretty', 'json']).nullable().default(null),
  file: fileName.nullable().default(null),
  linesPerSecond: integer(1, maxLinesPerSecond, 100),
  linesPerSecondPerAddress: integer(1, maxLinesPerSecond, 5),
});

/** Schema of `accessLog`. */
export const accessLogSettings: z.ZodType<AccessLogSettings> = section<AccessLogSettings>({
  file: fileName.nullable().default(null),
  format: z.enum(['json', 'combined']).default('json'),
  linesPerSecond: integer(1, 100_000, 1000),
});

/**
 * Whether the log is asked for as JSON, by the environment or else by the config file, as far as that can be read: for what has to be
 * told before all settings are known to be good.
 */
export function asksForJsonLog(env: NodeJS.ProcessEnv, file: string | undefined): boolean {
  const { STREAMPUMP_LOG_FORMAT: format, STREAMPUMP_LOG: section = '' } = env;
  const asked = format ?? valueIn(section, 'format') ?? valueIn(textOf(file), 'log.format');
  return asked === 'json';
}

/** What a text of JSON says at a path, be it with comments and faulty elsewhere. */
function valueIn(text: string, path: string): unknown {
  if (text === '') return undefined; // as where there is no file
  let found: unknown;
  try {
    jsoncLibrary().visit(text, {
      onLiteralValue: (value, _offset, _length, _line, _column, here) => {
        if (here().join('.') === path) found = value;
      },
    });
  } catch {
    // deeper than the stack; the fault is told elsewhere
  }
  return found;
}

function textOf(file: string | undefined): string {
  try {
    return file === undefined ? '' : readConfigStart(file).text;
  } catch {
    return ''; // the fault is told elsewhere
  }
}
