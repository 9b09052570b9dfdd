import type { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import { faultsOf } from './faults.ts';
import { LayeredConfig } from './layered-config.ts';

/**
 * Validates settings that a program gives as values, as those of a config file are.
 * @param source - what they are called in messages
 * @throws ConfigError with all faults
 */
export function givenSettings<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const config = new LayeredConfig({ name: source, value, faults: [], placeOf: () => undefined });
  for (const fault of faultsOf(result.error, schema, value)) config.report(fault);
  throw new ConfigError(config.faults);
}
