import { listOf, listQuery, streamParameter } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { forwardSchema } from '../schemas/forward.ts';

/** The forwards. */
export const forwardOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/forwards',
    may: 'read',
    id: 'listForwards',
    summary: 'Forwards and how they are doing, by stream',
    query: listQuery({ stream: streamParameter }),
    answers: { 200: { description: 'forwards', schema: listOf(forwardSchema) } },
    handle: ({ service, query }) => service.forwards(query),
  }),
];
