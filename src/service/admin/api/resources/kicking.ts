import { isIP } from 'node:net';
import { z } from 'zod';
import { normalizeAddress } from '../../../../config/networks.ts';
import { checkedString } from '../../../../config/setting-schema.ts';
import { isStreamKey } from '../../../../stream/stream-key.ts';
import { ApiError } from '../api-error.ts';
import { type Operation, operation } from '../operation.ts';
import { count, facts } from '../schemas/facts.ts';
import { sessionId } from './sessions.ts';

const WEEK_MS = 7 * 86_400_000;

const banMs = z
  .int()
  .min(1)
  .max(WEEK_MS)
  .optional()
  .describe('whoever has the sessions is kept out for so long, milliseconds');

const ended = facts<{ readonly ended: number }>({ ended: count.describe('sessions that were ended') });

const filters = z
  .strictObject({
    stream: checkedString(
      (text) => (isStreamKey(text) ? undefined : 'expected a stream key'),
      'stream key',
    ).optional(),
    address: checkedString((text) => (isIP(text) === 0 ? 'expected an address' : undefined), 'address')
      .transform((text) => normalizeAddress(text))
      .optional(),
    identity: z.string().min(1).max(255).optional().describe('who they have proven to be'),
    banMs,
  })
  .refine(({ stream, address, identity }) => (stream ?? address ?? identity) !== undefined, {
    message: 'expected at least one of stream, address and identity',
  });

/** Ends sessions. */
export const kickOperations: readonly Operation[] = [
  operation({
    method: 'DELETE',
    path: '/api/v1/sessions/{id}',
    may: 'operate',
    id: 'endSession',
    summary:
      'Ends a session, and can keep out whoever has it: by address, and by identity if it has proven one',
    params: z.strictObject({ id: sessionId }),
    query: z.strictObject({ banMs }),
    answers: { 200: { description: 'it was ended', schema: ended } },
    async handle({ service, params: { id }, query }) {
      const count = await service.changes.kick({ session: id }, query.banMs);
      if (count === 0) throw new ApiError('not-found', `there is no session ${id}`);
      return { ended: count };
    },
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/sessions',
    may: 'operate',
    id: 'endSessions',
    summary:
      'Ends the sessions of a stream, address or identity, and can keep out that address or identity, or whoever has the stream',
    query: filters,
    answers: { 200: { description: 'how many were ended', schema: ended } },
    async handle({ service, query: { stream: key, address, identity, banMs: ms } }) {
      return { ended: await service.changes.kick({ key, address, identity }, ms) };
    },
  }),
];
