import { z } from 'zod';
import { networkProblem, normalizeAddress } from '../../../../config/networks.ts';
import { checkedString } from '../../../../config/setting-schema.ts';
import { sessionProtocols, sessionRoles } from '../../../../session/session.ts';
import { sessionRank } from '../../session-rank.ts';
import { ApiError } from '../api-error.ts';
import { listOf, listQuery, streamParameter } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { sessionSchema } from '../schemas/session.ts';

/** The id of a session, in a path or as `after`. */
export const sessionId: z.ZodType<string> = checkedString(
  (id) => (sessionRank(id) === undefined ? 'expected the id of a session, such as c12' : undefined),
  'id of a session',
);

/** The sessions. */
export const sessionOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/sessions',
    may: 'read',
    id: 'listSessions',
    summary: 'Sessions, in the order in which they came; of several workers one after the other',
    query: listQuery({
      stream: streamParameter,
      after: sessionId.optional(),
      role: z.enum(sessionRoles).optional(),
      protocol: z.enum(sessionProtocols).optional(),
      address: checkedString(networkProblem, 'address, or a network such as 10.0.0.0/8')
        .transform((text) => normalizeAddress(text))
        .optional(),
      identity: z.string().min(1).max(255).optional().describe('who it has proven to be'),
    }),
    answers: { 200: { description: 'sessions', schema: listOf(sessionSchema) } },
    handle: ({ service, query }) => service.sessions(query),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/sessions/{id}',
    may: 'read',
    id: 'getSession',
    summary: 'One session',
    params: z.strictObject({ id: sessionId }),
    answers: { 200: { description: 'the session', schema: sessionSchema } },
    async handle({ service, params: { id } }) {
      const found = await service.session(id);
      if (found === undefined) throw new ApiError('not-found', `there is no session ${id}`);
      return found;
    },
  }),
];
