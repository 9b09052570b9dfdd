import { z } from 'zod';
import { integer, section } from './setting-schema.ts';

/** From the most to the least severe; `silent` logs nothing. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What is logged, and how. */
export interface LogSettings {
  /** Least severe level that is logged; default info. */
  readonly level: LogLevel;
  /** `pretty` for people, `json` for machines, one object per line; null (default): pretty on a terminal, else json. */
  readonly format: 'pretty' | 'json' | null;
  /** Lines a second about peers, 1 to 10,000, those of five seconds at once; as many about upstreams, and about forwards; default 100. */
  readonly linesPerSecond: number;
  /** Those of them about one IPv4 address or IPv6 /64, or about one stream; default 5. */
  readonly linesPerSecondPerAddress: number;
}

const maxLinesPerSecond = 10_000;

/** Schema of `log`. */
export const logSettings: z.ZodType<LogSettings> = section<LogSettings>({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  format: z.enum(['pretty', 'json']).nullable().default(null),
  linesPerSecond: integer(1, maxLinesPerSecond, 100),
  linesPerSecondPerAddress: integer(1, maxLinesPerSecond, 5),
});
