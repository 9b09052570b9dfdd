import type { Operation } from './operation.ts';
import { forwardOperations } from './resources/forwards.ts';
import { pageOperations } from './resources/page.ts';
import { relayOperations } from './resources/relay.ts';
import { sessionOperations } from './resources/sessions.ts';
import { streamOperations } from './resources/streams.ts';
import { upstreamOperations } from './resources/upstreams.ts';

/** Everything that can be asked for on the admin listener beyond metrics and health, in the order of the documentation. */
export const operations: readonly Operation[] = [
  ...pageOperations,
  ...relayOperations,
  ...streamOperations,
  ...sessionOperations,
  ...upstreamOperations,
  ...forwardOperations,
];
