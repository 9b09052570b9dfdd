import { isDeepStrictEqual } from 'node:util';
import type { Fleet } from '../fleet/fleet.ts';
import type { Roster } from '../roster/roster.ts';
import { NetworkTree } from './networks/network-tree.ts';
import { FleetLoad } from './player-load.ts';
import { RelayStanding } from './relay-standing.ts';
import { Reservations } from './reservations.ts';

/** How all relays of the roster stand, and who serves which network. */
export class Standings {
  readonly #roster: Roster;
  readonly #fleet: Fleet;
  readonly #settings: { readonly reserveMs: number };
  readonly #load = new FleetLoad();
  #relays = new Map<string, RelayStanding>();
  #tree = new NetworkTree<RelayStanding>();

  /** @param settings - may change */
  constructor(roster: Roster, fleet: Fleet, settings: { readonly reserveMs: number }) {
    this.#roster = roster;
    this.#fleet = fleet;
    this.#settings = settings;
    this.read();
  }

  get tree(): NetworkTree<RelayStanding> {
    return this.#tree;
  }

  /** What a player takes in the fleet, bits per second. */
  get meanLoad(): number {
    return this.#load.typical;
  }

  relay(id: string): RelayStanding | undefined {
    return this.#relays.get(id);
  }

  all(): Iterable<RelayStanding> {
    return this.#relays.values();
  }

  /** Goes by what the roster says now. What is reserved stays. */
  read(): void {
    const before = this.#relays;
    this.#relays = new Map();
    let isServedAsBefore = true;
    for (const entry of this.#roster.entries.values()) {
      const known = before.get(entry.id);
      const relay = known ?? new RelayStanding(entry, false, new Reservations(this.#settings));
      isServedAsBefore &&= known !== undefined && isDeepStrictEqual(known.entry.networks, entry.networks);
      relay.enter(entry, this.#roster.isDraining(entry.id));
      this.#relays.set(entry.id, relay);
      this.hear(entry.id);
    }
    for (const id of before.keys()) if (!this.#relays.has(id)) this.#load.take(id, undefined);
    if (!isServedAsBefore || before.size !== this.#relays.size) this.#tree = this.#grow();
  }

  /** Goes by what a relay has said last. */
  hear(id: string): void {
    const relay = this.#relays.get(id);
    relay?.hear(this.#fleet.report(id));
    this.#load.take(id, relay?.load);
  }

  #grow(): NetworkTree<RelayStanding> {
    const tree = new NetworkTree<RelayStanding>();
    for (const relay of this.#relays.values())
      for (const { cidr, priority } of relay.entry.networks) tree.add(cidr, priority, relay);
    return tree;
  }
}
