import { z } from 'zod';
import type { BanStatus } from '../../relay-changes.ts';
import { ApiError } from '../api-error.ts';
import { listOf, listQuery } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { facts, moment } from '../schemas/facts.ts';

const ban = facts<BanStatus>({
  id: z.string(),
  kind: z.enum(['address', 'identity']),
  value: z.string().describe('an IPv4 address, a /64 of IPv6, or an identity'),
  until: moment,
});

/** Who is kept out. */
export const banOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/bans',
    may: 'read',
    id: 'listBans',
    summary: 'Who is kept out, by id',
    query: listQuery({}),
    answers: { 200: { description: 'bans', schema: listOf(ban) } },
    handle({ service, query: { limit, after = '' } }) {
      const all = service.changes.bans().toSorted((one, other) => (one.id < other.id ? -1 : 1));
      const items = all.filter(({ id }) => id > after);
      return {
        items: items.slice(0, limit),
        next: items.length > limit ? (items[limit - 1]?.id ?? null) : null,
      };
    },
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/bans/{id}',
    may: 'operate',
    id: 'liftBan',
    summary: 'Lets somebody in again',
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    answers: { 204: { description: 'the ban is lifted' } },
    handle({ service, params: { id } }) {
      if (!service.changes.liftBan(id)) throw new ApiError('not-found', 'there is no ban of this id');
    },
  }),
];
