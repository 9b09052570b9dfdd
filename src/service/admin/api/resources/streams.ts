import { listOf, listQuery, streamParameter } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { streamSchema } from '../schemas/stream.ts';

/** The streams. */
export const streamOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/streams',
    may: 'read',
    id: 'listStreams',
    summary: 'Streams that somebody publishes, plays or waits for, by key',
    query: listQuery({ stream: streamParameter }),
    answers: { 200: { description: 'streams', schema: listOf(streamSchema) } },
    handle: ({ service, query }) => service.streams(query),
  }),
];
