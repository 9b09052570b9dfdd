/** The parts of a house that knows of no relay and keeps nothing. */
import type { Fleet } from './fleet/fleet.ts';
import { LinkError, type RelayLinks } from './links/relay-links.ts';

/** Knows nothing of any relay. */
export const emptyFleet: Fleet = {
  report: () => undefined,
  isOnline: () => false,
  reports: () => [],
  player: () => undefined,
  players: () => [],
  follow: () => () => {},
};

/** No relay is linked. */
export const noLinks: RelayLinks = {
  here: [],
  order: async (relay) => {
    throw new LinkError(`${relay} is not linked`);
  },
};
