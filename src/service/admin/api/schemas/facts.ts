import { z } from 'zod';

/** The schema of an answer's part: each field of `T` with its own, described for the OpenAPI document. Later versions may add fields. */
export function facts<T>(shape: { -readonly [K in keyof T]-?: z.ZodType<T[K]> }): z.ZodType<T> {
  return z.object(shape) as unknown as z.ZodType<T>;
}

/** A number that is 0 or more. */
export const count: z.ZodInt = z.int().min(0);

/** A moment in ISO 8601. */
export const moment: z.ZodType<string> = z.string().describe('ISO 8601').meta({ format: 'date-time' });

/** A rate over the last seconds. */
export const bitRate: z.ZodType<number | null> = z
  .int()
  .min(0)
  .nullable()
  .describe('over the last 5 to 10 seconds; null until that is known');
