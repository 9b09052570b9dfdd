import type { z } from 'zod';
import { integer, section } from '../setting-schema.ts';

/** What wrong credentials cost whoever shows them; one that has only expired costs nothing. */
export interface FailureSettings {
  /** How long the answer to a wrong one waits, milliseconds, 0 to 10,000; default 1,000. */
  readonly delayMs: number;
  /** After so many of one IPv4 address or IPv6 /64 none is looked at for `blockMs`, 1 to 1 million; default 20. */
  readonly attempts: number;
  /** In which time they count together, milliseconds, 1 to a day; default 60,000. */
  readonly withinMs: number;
  /** How long none is looked at, milliseconds, 1 to a day; default 60,000. */
  readonly blockMs: number;
}

const dayMs = 86_400_000;

/** Schema of `access.failures`. */
export const failureSettings: z.ZodType<FailureSettings> = section<FailureSettings>({
  delayMs: integer(0, 10_000, 1000),
  attempts: integer(1, 1_000_000, 20),
  withinMs: integer(1, dayMs, 60_000),
  blockMs: integer(1, dayMs, 60_000),
});
