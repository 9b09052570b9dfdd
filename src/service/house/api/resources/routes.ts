import { z } from 'zod';
import { listOf, pageQuery } from '../../../admin/api/lists.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { facts } from '../../../admin/api/schemas/facts.ts';
import type { PageWish } from '../../../admin/list-wish.ts';
import type { HouseControl } from '../../house-control.ts';
import { firstPart } from '../../overview/first-part.ts';
import type { RelayRoute } from '../../routes/relay-route.ts';

const milliseconds = z.number().nullable();

const routeSchema = facts<RelayRoute>({
  relay: z.string(),
  parent: z.string().nullable().describe('the parent that holds; null: the original source, or publishers'),
  isFixed: z.boolean().describe('whether people decide on its parent, and not the shortest routes'),
  roundTripMs: milliseconds.describe('to that parent and back; null where it is not known'),
  proposed: z.string().nullable().describe('the parent by the shortest routes'),
  proposedRoundTripMs: milliseconds.describe('to that one and back'),
});

/** From where relays pull, and from where they had better. */
export const routeOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/routes',
    may: 'read',
    id: 'listRoutes',
    summary: 'From where each relay pulls, and from where it had better by the shortest routes',
    query: pageQuery<PageWish>({}),
    answers: { 200: { description: 'routes, by relay', schema: listOf(routeSchema) } },
    handle: ({ service, query }) => firstPart(service.routes.all(), ({ relay }) => relay, query),
  }),
];
