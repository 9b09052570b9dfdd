import { z } from 'zod';
import { facts, moment } from '../../../admin/api/schemas/facts.ts';
import type { FleetPlayerStatus } from '../../overview/fleet-status.ts';

/** The schema of a {@link FleetPlayerStatus}. */
export const fleetPlayerSchema: z.ZodType<FleetPlayerStatus> = facts<FleetPlayerStatus>({
  id: z.string().describe('the relay and the session there: edge1/c12'),
  relay: z.string(),
  session: z.string().describe('id of the session at its relay'),
  uid: z.string().nullable().describe('the label of its URL, which nobody has proven'),
  identity: z.string().nullable().describe('who it has proven to be'),
  address: z.string(),
  protocol: z.string(),
  stream: z.string().describe('the stream key'),
  since: moment,
});
