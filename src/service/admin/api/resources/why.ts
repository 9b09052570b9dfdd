import { z } from 'zod';
import { checkedString } from '../../../../config/setting-schema.ts';
import { ProtocolError } from '../../../../errors.ts';
import { parseStreamKey } from '../../../../stream/stream-key.ts';
import { type Operation, operation } from '../operation.ts';
import { explanationSchema } from '../schemas/explanation.ts';

const streamKey = checkedString(
  (written) =>
    keyIn(written) === undefined ? 'expected a stream key such as live/cam1, without a query' : undefined,
  'stream key',
).describe('stream key such as live/cam1; the stream need not exist');

/** Why a stream is seen or not. */
export const whyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/why',
    may: 'read',
    id: 'explainStream',
    summary: 'Why a stream is seen or not',
    query: z.strictObject({ stream: streamKey }),
    answers: {
      200: { description: 'what decides about the stream, and one sentence', schema: explanationSchema },
    },
    handle: ({ service, query: { stream } }) => service.why(keyIn(stream) ?? stream),
  }),
];

/** The key as streams have it; undefined where that is none, or has more than that behind a `?`. */
function keyIn(written: string): string | undefined {
  if (written.includes('?')) return undefined;
  try {
    return parseStreamKey(written, '')[0]?.key;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
