import type { z } from 'zod';
import { keylessEntry, type RosterEntry } from '../../../config/house/roster-settings.ts';

/** Schema of what is fixed of a relay that is invited: all that a roster says of one, but its key. */
export const invitedRelay: z.ZodType<RosterEntry> = keylessEntry.refine(({ key }) => key === null, {
  path: ['key'],
  message: 'expected none: the relay brings the hash of its own',
});
