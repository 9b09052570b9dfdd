import { z } from 'zod';
import { hookEvents } from '../../../../config/hooks/hook-settings.ts';
import type { HookStatus } from '../../relay-status.ts';
import { count, facts, moment } from './facts.ts';

const lastProblem = facts<NonNullable<HookStatus['lastProblem']>>({
  at: moment,
  problem: z.string().describe('in words'),
});

/** The schema of a {@link HookStatus}. */
export const hookSchema: z.ZodType<HookStatus> = facts<HookStatus>({
  id: z.string().describe('its place in the list, such as hooks.0-asked'),
  hook: z.string().describe('as the configuration calls it, such as hooks.0'),
  kind: z
    .enum(['asked', 'told', 'exec'])
    .describe('asked before something may be done, told what was done, or a program that is run for it'),
  match: z.string().describe('pattern of stream keys'),
  events: z.array(z.enum(hookEvents)),
  target: z
    .string()
    .describe('the server of its URL, for the rest may be secret, or the path of its program'),
  breaker: z
    .enum(['closed', 'half-open', 'open'])
    .describe(
      'closed while it works, open while it is given up, half-open while one request tries it; of several workers the worst',
    ),
  waiting: count.describe('questions or events that wait'),
  counts: z.record(z.string(), count).describe('questions or events by what became of them'),
  lastProblem: lastProblem.nullable().describe('what went wrong last; null where nothing has'),
});
