import { z } from 'zod';
import { section } from './setting-schema.ts';

/** From the most to the least severe; `silent` logs nothing. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What is logged, and how. */
export interface LogSettings {
  /** Least severe level that is logged; default info. */
  readonly level: LogLevel;
  /** `pretty` for people, `json` for machines, one object per line; null (default): pretty on a terminal, else json. */
  readonly format: 'pretty' | 'json' | null;
}

/** Schema of `log`. */
export const logSettings: z.ZodType<LogSettings> = section<LogSettings>({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  format: z.enum(['pretty', 'json']).nullable().default(null),
});
