import { z } from 'zod';
import { count, facts } from '../../../admin/api/schemas/facts.ts';
import type { FleetStreamStatus, StreamAtRelay } from '../../overview/fleet-status.ts';

const states = z.enum(['live', 'waiting', 'away']);

const atRelay = facts<StreamAtRelay>({
  relay: z.string(),
  state: states,
  players: count,
  receivedBitsPerSecond: z.number().min(0),
  keyframeAgeSeconds: z.number().min(0).nullable(),
  source: z.enum(['publisher', 'pull', 'none']).describe('what brings it there'),
});

/** The schema of a {@link FleetStreamStatus}. */
export const fleetStreamSchema: z.ZodType<FleetStreamStatus> = facts<FleetStreamStatus>({
  stream: z.string().describe('the stream key'),
  state: states.describe('live where it is so at one relay'),
  players: count.describe('at all relays'),
  publishedAt: z.string().nullable().describe('the relay that it is published to; null where none says so'),
  relayCount: count.describe('how many relays have it'),
  relays: z.array(atRelay).describe('those of them with the most players, 50 at most'),
});
