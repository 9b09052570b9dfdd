import { z } from 'zod';
import { ApiError } from '../../../admin/api/api-error.ts';
import { listOf, pageQuery } from '../../../admin/api/lists.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import type { HouseControl } from '../../house-control.ts';
import { LinkError } from '../../links/relay-links.ts';
import { type FleetRelayStatus, fleetRelayStates } from '../../overview/fleet-status.ts';
import type { RelayListWish } from '../../overview/relay-overview.ts';
import { relayParams, search } from '../parameters.ts';
import { fleetRelaySchema } from '../schemas/relay.ts';

/** The relays of the fleet. */
export const relayOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/relays',
    may: 'read',
    id: 'listRelays',
    summary: 'The relays of the fleet and how they do, by id',
    query: pageQuery<RelayListWish>({ state: z.enum(fleetRelayStates).optional(), search }),
    answers: { 200: { description: 'relays', schema: listOf(fleetRelaySchema) } },
    handle: ({ service, query }) => service.overview.list(query),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/relays/{id}',
    may: 'read',
    id: 'getRelay',
    summary: 'One relay',
    params: relayParams,
    answers: { 200: { description: 'the relay', schema: fleetRelaySchema } },
    handle: ({ service, params: { id } }) => relayOf(service, id),
  }),
  operation({
    method: 'PATCH',
    path: '/api/v1/relays/{id}',
    may: 'operate',
    id: 'changeRelay',
    summary: 'Lets a relay take no new players, or lets it take some again; who plays there stays',
    params: relayParams,
    body: z.strictObject({ draining: z.boolean().describe('whether it takes no new players') }),
    answers: { 200: { description: 'the relay', schema: fleetRelaySchema } },
    audit: ({ body: { draining } }) => (draining ? 'drain' : 'undrain'),
    async handle({ service, params: { id }, body: { draining } }) {
      relayOf(service, id);
      await service.decisions.setDraining(id, draining);
      return relayOf(service, id);
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/relays/{id}/approve',
    may: 'operate',
    id: 'approveRelay',
    summary: 'Takes a relay into the fleet that has made itself known by an invitation',
    params: relayParams,
    answers: { 200: { description: 'the relay', schema: fleetRelaySchema } },
    async handle({ service, params: { id } }) {
      await service.provisioning.approve(id);
      return relayOf(service, id);
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/relays/{id}/reload',
    may: 'operate',
    id: 'reloadRelay',
    summary: 'Has a relay read its own configuration and certificates again, as on SIGHUP',
    params: relayParams,
    answers: { 204: { description: 'it goes by them' } },
    async handle({ service, params: { id } }) {
      relayOf(service, id);
      const problem = await reload(service, id);
      if (problem !== null) throw new ApiError('config', `relay ${id} stays as it was: ${problem}`);
    },
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/relays/{id}',
    may: 'operate',
    id: 'removeRelay',
    summary: 'Takes a relay out of the fleet that has come by an invitation, approved or not',
    params: relayParams,
    answers: { 204: { description: 'it belongs to the fleet no more' } },
    handle: ({ service, params: { id } }) => service.provisioning.remove(id),
  }),
];

/** @returns why the relay could not */
async function reload({ links }: HouseControl, id: string): Promise<string | null> {
  try {
    return (await links.order(id, { type: 'reload' })).problem;
  } catch (error) {
    if (error instanceof LinkError) throw new ApiError('unavailable', error.message);
    throw error;
  }
}

function relayOf({ overview }: HouseControl, id: string): FleetRelayStatus {
  const found = overview.find(id);
  if (found === undefined) throw new ApiError('not-found', `there is no relay ${id}`);
  return found;
}
