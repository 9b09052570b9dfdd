import { z } from 'zod';
import { count, facts, moment } from '../../../admin/api/schemas/facts.ts';
import { serviceFields } from '../../../admin/api/schemas/service.ts';
import type { ConfigState } from '../../overview/config-state.ts';
import type { HouseState } from '../../overview/house-state.ts';
import { fleetTotalsSchema } from './relay.ts';

/** The schema of a {@link HouseState}. */
export const houseSchema: z.ZodType<HouseState> = facts<HouseState>({
  ...serviceFields,
  fleet: fleetTotalsSchema.describe('the whole fleet, whichever house its relays are linked to'),
  links: count.describe('relays that are linked to this house'),
  config: facts<ConfigState>({
    at: z
      .enum(['settled', 'waiting', 'trying', 'rolled-back'])
      .describe('how far the latest config of the relays has come: one of them tries it first'),
    relay: z.string().nullable().describe('the one that tries it, or has done worse by it'),
    reason: z.string().nullable().describe('why that one, or why it was taken back'),
    since: moment.nullable(),
  }),
  store: facts<HouseState['store']>({
    type: z.enum(['file', 'redis']),
    isThere: z.boolean().describe('whether what is decided can be kept now'),
  }),
});
