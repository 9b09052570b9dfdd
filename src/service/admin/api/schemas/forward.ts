import { z } from 'zod';
import type { ForwardStatus } from '../../relay-status.ts';
import { count, facts } from './facts.ts';
import { linkFields } from './upstream.ts';

/** The schema of a {@link ForwardStatus}. */
export const forwardSchema: z.ZodType<ForwardStatus> = facts<ForwardStatus>({
  ...linkFields,
  url: z.string().describe('without credentials, and without the name of the stream there'),
  sentBytes: count.describe('over all of its connections'),
});
