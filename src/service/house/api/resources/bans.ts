import { z } from 'zod';
import { ApiError } from '../../../admin/api/api-error.ts';
import { listOf, pageQuery } from '../../../admin/api/lists.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { facts, moment } from '../../../admin/api/schemas/facts.ts';
import type { PageWish } from '../../../admin/list-wish.ts';
import type { HouseControl } from '../../house-control.ts';
import { firstPart } from '../../overview/first-part.ts';
import type { FleetBan } from '../../store/house-store.ts';

/** A ban of the whole fleet, as operators see it. */
interface FleetBanStatus extends Omit<FleetBan, 'until'> {
  /** ISO 8601. */
  readonly until: string;
}

const ban = facts<FleetBanStatus>({
  id: z.string(),
  kind: z.enum(['address', 'identity']),
  value: z.string().describe('an IPv4 address, a /64 of IPv6, or an identity'),
  until: moment,
  reason: z.string().describe('why, as they were told'),
});

/** Who is kept out of the fleet. */
export const banOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/bans',
    may: 'read',
    id: 'listBans',
    summary: 'Who is kept out of the fleet, by id',
    query: pageQuery<PageWish>({}),
    answers: { 200: { description: 'bans', schema: listOf(ban) } },
    handle({ service, query }) {
      const { items, next } = firstPart(service.decisions.bans(), ({ id }) => id, query);
      return { items: items.map((one) => ({ ...one, until: new Date(one.until).toISOString() })), next };
    },
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/bans/{id}',
    may: 'operate',
    id: 'liftBan',
    summary: 'Lets somebody in again, at every relay',
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    answers: { 204: { description: 'the ban is lifted' } },
    async handle({ service, params: { id } }) {
      if (!(await service.decisions.liftBan(id)))
        throw new ApiError('not-found', 'there is no ban of this id');
    },
  }),
];
