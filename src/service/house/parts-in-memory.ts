/** The parts of a house that knows of no relay and keeps nothing. */
import { randomBytes } from 'node:crypto';
import type { Fleet } from './fleet/fleet.ts';
import { LinkError, type RelayLinks } from './links/relay-links.ts';
import type { Roster } from './roster/roster.ts';
import { type Decisions, type HouseStore, undecided } from './store/house-store.ts';

/** Lists no relay. */
export const emptyRoster: Roster = { entries: new Map(), isDraining: () => false, onChange: () => () => {} };

/** Keeps decisions as long as the house runs. */
export class MemoryStore implements HouseStore {
  readonly house: string = randomBytes(9).toString('base64url');
  readonly isThere = true;
  readonly #tells = new Set<(decisions: Decisions) => void>();
  decisions: Decisions = undecided;

  async decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    this.decisions = by(this.decisions);
    for (const tell of this.#tells) tell(this.decisions);
  }

  onDecisions(tell: (decisions: Decisions) => void): () => void {
    this.#tells.add(tell);
    return () => this.#tells.delete(tell);
  }

  tell(): void {}

  hear(): () => void {
    return () => {};
  }

  async close(): Promise<void> {}
}

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
