import { ChangeRefused } from '../../admin/relay-changes.ts';
import { type Decisions, type FleetBan, type HouseStore, StoreError } from '../store/house-store.ts';
import { standingBans, withoutBan } from './ban-decisions.ts';

/** What operators decide about relays and bans by hand. What cannot be kept throws {@link ChangeRefused}. */
export class FleetDecisions {
  readonly #store: HouseStore;
  readonly #wallMs: () => number;

  /** @param wallMs - milliseconds since 1970 */
  constructor(store: HouseStore, wallMs: () => number) {
    this.#store = store;
    this.#wallMs = wallMs;
  }

  /** A relay takes no new players from now on, or takes some again. Once more does no harm. */
  async setDraining(relay: string, isDraining: boolean): Promise<void> {
    await decided(this.#store, (decisions) => {
      const others = decisions.draining.filter((one) => one !== relay);
      return { ...decisions, draining: isDraining ? [...others, relay] : others };
    });
  }

  /** Who is kept out now. */
  bans(): readonly FleetBan[] {
    return standingBans(this.#store.decisions, this.#wallMs());
  }

  /** @returns whether there was such a ban */
  async liftBan(id: string): Promise<boolean> {
    const isThere = this.bans().some((ban) => ban.id === id);
    if (isThere) await decided(this.#store, (decisions) => withoutBan(decisions, id));
    return isThere;
  }
}

/** Decides something. @throws ChangeRefused where that could not be kept, or as `by` does */
export async function decided(
  store: Pick<HouseStore, 'decide'>,
  by: (decisions: Decisions) => Decisions,
): Promise<void> {
  try {
    await store.decide(by);
  } catch (error) {
    if (error instanceof StoreError) throw new ChangeRefused('unavailable', error.message);
    throw error;
  }
}
