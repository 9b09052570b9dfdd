import type { z } from 'zod';
import { integer, section } from '../setting-schema.ts';

/** Calls of clients, and to clients. */
export interface CallSettings {
  /** Longest time from a call to its answer, either way, milliseconds, 1 to 10 minutes; default 10,000. */
  readonly timeoutMs: number;
  /** Calls of one client that wait for their answers, 1 to 256; default 16. */
  readonly openPerSession: number;
  /** Calls that one client may make in a second in the long run, 1 to 10,000; default 20. */
  readonly perSecond: number;
  /** Bytes of an answer to a client, 1 KiB to 1 MiB; default 64 KiB. */
  readonly maxAnswerBytes: number;
}

const kib = 2 ** 10;

/** Schema of `calls`. */
export const callSettings: z.ZodType<CallSettings> = section<CallSettings>({
  timeoutMs: integer(1, 600_000, 10_000),
  openPerSession: integer(1, 256, 16),
  perSecond: integer(1, 10_000, 20),
  maxAnswerBytes: integer(kib, kib * kib, 64 * kib),
});
