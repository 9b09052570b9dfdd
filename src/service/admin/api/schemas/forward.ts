import { z } from 'zod';
import type { ForwardStatus } from '../../relay-status.ts';
import { count, facts } from './facts.ts';
import { linkFields } from './upstream.ts';

const { id, origin, stream, state, lastError, reconnects } = linkFields;

/** The schema of a {@link ForwardStatus}. */
export const forwardSchema: z.ZodType<ForwardStatus> = facts<ForwardStatus>({
  id,
  origin,
  stream,
  url: z.string().describe('without credentials, and without the name of the stream there'),
  state,
  lastError,
  reconnects,
  sentBytes: count.describe('over all of its connections'),
});
