import { z } from 'zod';
import type { AuditNews, GapNews, WarningNews } from '../../events/service-event.ts';
import { count, facts, moment } from './facts.ts';

/** What the data of those events is that every service tells of. */
export interface ServiceEventSchemas<Type extends string> {
  readonly warning: z.ZodType<WarningNews>;
  readonly audit: z.ZodType<AuditNews>;
  readonly gap: z.ZodType<GapNews<Type>>;
}

/** @param types - all of the service */
export function serviceEventSchemas<Type extends string>(
  types: readonly [Type, ...Type[]],
): ServiceEventSchemas<Type> {
  return {
    warning: facts<WarningNews>({
      at: moment,
      what: z.string().describe('the event of the line in the log'),
      level: z.enum(['warn', 'error']),
      text: z.string().describe('the line in words'),
      fields: z.record(z.string(), z.unknown()).describe('what else the line says'),
    }),
    audit: z.looseObject({ at: moment, what: z.string().describe('what was changed') }),
    gap: facts<GapNews<Type>>({
      at: moment,
      what: z.enum(['not-kept', 'left-out']),
      of: z
        .enum(types as readonly string[] as [Type, ...Type[]])
        .nullable()
        .describe('the type of what was left out; null where that may be any') as z.ZodType<Type | null>,
      count: count.nullable().describe('how many were left out; null where that is not known'),
    }),
  };
}
