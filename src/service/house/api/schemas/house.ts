import { z } from 'zod';
import { count, facts } from '../../../admin/api/schemas/facts.ts';
import { serviceFields } from '../../../admin/api/schemas/service.ts';
import type { HouseState } from '../../overview/house-state.ts';
import { fleetTotalsSchema } from './relay.ts';

/** The schema of a {@link HouseState}. */
export const houseSchema: z.ZodType<HouseState> = facts<HouseState>({
  ...serviceFields,
  fleet: fleetTotalsSchema.describe('the whole fleet, whichever house its relays are linked to'),
  links: count.describe('relays that are linked to this house'),
  store: facts<HouseState['store']>({
    type: z.enum(['file', 'redis']),
    isThere: z.boolean().describe('whether what is decided can be kept now'),
  }),
});
