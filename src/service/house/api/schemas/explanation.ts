import { z } from 'zod';
import { facts } from '../../../admin/api/schemas/facts.ts';
import { type ChoiceExplanation, type NoChoice, wayNames } from '../../choosing/choice.ts';
import type { FleetExplanation } from '../../overview/fleet-explanation.ts';

/** Why nobody can be chosen. */
export const noChoices: readonly [NoChoice, ...NoChoice[]] = ['full', 'offline', 'outside', 'unreachable'];

const explained = facts<ChoiceExplanation['relays'][number]>({
  relay: z.string(),
  network: z
    .string()
    .nullable()
    .describe('of its networks that which has counted; null where none holds the address'),
  priority: z.int().nullable(),
  verdict: z.enum([
    ...(['chosen', 'equal', 'lower', 'disabled', 'draining'] as const),
    ...(['offline', 'full', 'outside', 'unreachable'] as const),
  ]),
  text: z.string().describe('for people'),
});

/** The schema of a {@link FleetExplanation}. */
export const fleetExplanationSchema: z.ZodType<FleetExplanation> = facts<FleetExplanation>({
  stream: z.string(),
  address: z.string(),
  protocol: z.enum(wayNames),
  verb: z.enum(['play', 'publish']),
  relay: z.string().nullable().describe('null where there is none'),
  url: z.string().nullable().describe('where they would be sent to'),
  by: z.enum(['priority', 'sticky', 'live', 'default']).nullable().describe('which rule says so'),
  refused: z.enum(noChoices).nullable().describe('why there is none'),
  verdict: z.string().describe('one sentence'),
  access: z.string().nullable().describe('why whoever shows nothing may not; null where he may'),
  relays: z.array(explained).describe('what is to be said of each relay'),
});
