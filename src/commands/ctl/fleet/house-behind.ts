import type { HouseState } from '../../../service/house/overview/house-state.ts';
import type { AdminClient } from '../api/admin-client.ts';
import { Refused } from '../api/refused.ts';

/** What answers: a relay, as always, or the house of a fleet, which does some things in another way. */
export async function askEither<T>(
  client: AdminClient,
  relay: () => Promise<T>,
  house: (state: HouseState) => Promise<T>,
): Promise<T> {
  try {
    return await relay();
  } catch (error) {
    const state = isMissing(error) ? await houseBehind(client) : undefined;
    if (state === undefined) throw error;
    return house(state);
  }
}

/** The house that answers; undefined where it is a relay. */
export async function houseBehind(client: AdminClient): Promise<HouseState | undefined> {
  try {
    return await client.get<HouseState>('house');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** There is nothing at that path, or nothing to be done there in this way. */
function isMissing(error: unknown): boolean {
  return error instanceof Refused && (error.status === 404 || error.status === 405);
}
