import { listOf, listQuery, streamParameter } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { upstreamSchema } from '../schemas/upstream.ts';

/** The upstreams. */
export const upstreamOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/upstreams',
    may: 'read',
    id: 'listUpstreams',
    summary: 'Upstreams and how they are doing, by stream',
    query: listQuery({ stream: streamParameter }),
    answers: { 200: { description: 'upstreams', schema: listOf(upstreamSchema) } },
    handle: ({ service, query }) => service.upstreams(query),
  }),
];
