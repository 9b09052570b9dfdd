import { z } from 'zod';
import { facts } from '../../../admin/api/schemas/facts.ts';
import type { Destination } from '../../entrance/destination.ts';

/** The schema of a {@link Destination}. */
export const destinationSchema: z.ZodType<Destination> = facts<Destination>({
  relay: z.string(),
  url: z.string().describe('with all that lets in there: to be given to the user, and to nobody else'),
  expiresInMs: z.number().describe('how long it may be used to begin'),
});
