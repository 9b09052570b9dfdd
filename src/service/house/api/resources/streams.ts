import { listOf, pageQuery, streamParameter } from '../../../admin/api/lists.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import type { HouseControl } from '../../house-control.ts';
import { listFleetStreams, type StreamWish } from '../../overview/stream-overview.ts';
import { relayId } from '../parameters.ts';
import { fleetStreamSchema } from '../schemas/stream.ts';

/** The streams of the fleet. */
export const streamOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/streams',
    may: 'read',
    id: 'listStreams',
    summary: 'The streams that relays have, by key',
    query: pageQuery<StreamWish>({
      stream: streamParameter,
      relay: relayId.optional().describe('a relay that has it'),
    }),
    answers: { 200: { description: 'streams', schema: listOf(fleetStreamSchema) } },
    handle: ({ service, query }) => listFleetStreams(service.fleet, query),
  }),
];
