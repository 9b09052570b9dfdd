import { hash } from 'node:crypto';
import type { Seeking } from './choice.ts';
import type { Tier } from './networks/tier.ts';
import type { RelayStanding } from './relay-standing.ts';
import { type Randomness, ShuffledBag } from './shuffled-bag.ts';

/** So many turns of relays are remembered in all; of more all are forgotten, and the bags begin anew. */
const MAX_ITEMS = 1_000_000;

/** A bag for each set of relays that players are sent to, and publishers: tiers with the same relays share one. */
export class Bags {
  readonly #random: Randomness;
  readonly #bySet = new Map<string, ShuffledBag<RelayStanding>>();
  /** Of players, by tier and way: what {@link #bySet} has, found without looking at each relay. */
  #byTier = new WeakMap<Tier<RelayStanding>, Map<string, ShuffledBag<RelayStanding>>>();
  #items = 0;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** The bag of those relays of a tier that can be reached for what is sought. */
  of(tier: Tier<RelayStanding>, seeking: Seeking): ShuffledBag<RelayStanding> {
    if (seeking.verb === 'publish') return this.#ofReachable(tier, seeking);
    const byWay = this.#byTier.get(tier) ?? new Map<string, ShuffledBag<RelayStanding>>();
    const known = byWay.get(seeking.way);
    if (known !== undefined) return known;
    const bag = this.#ofReachable(tier, seeking);
    byWay.set(seeking.way, bag);
    this.#byTier.set(tier, byWay);
    return bag;
  }

  /** Other relays can be reached than before. */
  forget(): void {
    this.#bySet.clear();
    this.#byTier = new WeakMap();
    this.#items = 0;
  }

  #ofReachable(tier: Tier<RelayStanding>, seeking: Seeking): ShuffledBag<RelayStanding> {
    const relays = tier.relays.filter((relay) => relay.isReachableFor(seeking));
    const ids = relays.map(({ id }) => id).sort();
    const set = hash('sha256', `${seeking.verb} ${ids.join(' ')}`, 'base64url');
    const known = this.#bySet.get(set);
    if (known !== undefined) return known;
    this.#items += relays.length + 1;
    if (this.#items > MAX_ITEMS) this.forget();
    const bag = new ShuffledBag(relays, this.#random);
    this.#bySet.set(set, bag);
    return bag;
  }
}
