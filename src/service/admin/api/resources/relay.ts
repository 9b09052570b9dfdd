import { type Operation, operation } from '../operation.ts';
import { relaySchema } from '../schemas/relay.ts';

/** The relay as a whole. */
export const relayOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/relay',
    may: 'read',
    id: 'getRelay',
    summary: 'How the relay is doing as a whole',
    answers: { 200: { description: 'the relay', schema: relaySchema } },
    handle: ({ service }) => service.status(),
  }),
];
