import { isDeepStrictEqual } from 'node:util';
import type { RelaySettings } from '../../../config/relay-settings.ts';

/** Who gives a relay other settings: an operator, who may have changed files that they name, too, or its house. */
export type Configurer = 'operator' | 'house';

/** Whether what those who are there have shown counts as before, so that nobody need be asked about it again. */
export function areProofsAlike(one: RelaySettings, other: RelaySettings, by: Configurer): boolean {
  const isSame = isDeepStrictEqual([one.access, one.hooks], [other.access, other.hooks]);
  return by === 'house' && isSame;
}
