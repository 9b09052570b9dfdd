import { z } from 'zod';
import { ApiError } from '../../../admin/api/api-error.ts';
import { listOf, pageQuery, streamParameter } from '../../../admin/api/lists.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import type { PageWish } from '../../../admin/list-wish.ts';
import type { HouseControl } from '../../house-control.ts';
import { fleetPlayerStatus, listFleetPlayers, type PlayerWish } from '../../overview/player-overview.ts';
import { addresses, identity, playerId, relayId, search, uid } from '../parameters.ts';
import { fleetPlayerSchema } from '../schemas/player.ts';

/** The players of the fleet. */
export const playerOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/players',
    may: 'read',
    id: 'listPlayers',
    summary: 'Who plays at which relay, by id',
    query: pageQuery<PlayerWish & PageWish>({
      uid: uid.optional(),
      address: addresses.optional(),
      stream: streamParameter,
      relay: relayId.optional().describe('the relay that it plays at'),
      identity: identity.optional(),
      protocol: z.string().min(1).max(64).optional(),
      search,
    }),
    answers: { 200: { description: 'players', schema: listOf(fleetPlayerSchema) } },
    handle: ({ service, query }) => listFleetPlayers(service.fleet, query),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/players/{id}',
    may: 'read',
    id: 'getPlayer',
    summary: 'One player',
    params: z.strictObject({ id: playerId }),
    answers: { 200: { description: 'the player', schema: fleetPlayerSchema } },
    handle({ service, params: { id } }) {
      const found = service.fleet.player(id);
      if (found === undefined) throw new ApiError('not-found', `there is no player ${id}`);
      return fleetPlayerStatus(found);
    },
  }),
];
