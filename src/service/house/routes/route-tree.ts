/**
 * The least-cost tree of a fleet: the one whose round trips add up to least, so that a stream goes a long way once and short ways from
 * there. It grows from the source, always by the cheapest relay that a relay of the tree has room for (Prim's algorithm). What people
 * have written stays. It cannot have a cycle: each relay is hung below one that hangs already.
 */
import { EdgeHeap } from './edge-heap.ts';

/** A relay that is to have its place in the tree. */
export interface RoutableRelay {
  readonly id: string;
  /** From where it pulls now; null: the original source, or publishers. */
  readonly parent: string | null;
  /** Whether another parent may be chosen; else it keeps the one that it has. */
  readonly isFree: boolean;
  /** So many others may pull from it; 0 where none can at the moment. */
  readonly maxChildren: number;
  /** Relays that it can pull from, null for the source, and to there and back in milliseconds. */
  readonly roundTrips: ReadonlyMap<string | null, number>;
}

/** From where each relay pulls. */
export type Parents = ReadonlyMap<string, string | null>;

/** No relay is further from the source by hops, unless somebody has written so. */
export const MAX_DEPTH = 8;

/** Another parent has to be better by this part and by so many milliseconds: who is well where it is stays there. */
const HYSTERESIS = { part: 0.2, ms: 5 } as const;

/** What weighs more than any round trip: to stay without knowing how long the way is, and to go to the source without knowing. */
const UNKNOWN = { current: 1e6, source: 2e6 } as const;

/** The parents of all relays by the least-cost tree. @param relays - their parents among each other without a cycle */
export function planTree(relays: readonly RoutableRelay[]): Parents {
  return new Growth(relays).parents();
}

class Growth {
  readonly #relays: ReadonlyMap<string, RoutableRelay>;
  /** Those who stay below a relay whatever happens. */
  readonly #fixedBelow: ReadonlyMap<string | null, readonly RoutableRelay[]>;
  /** Those who could be hung below a relay. */
  readonly #couldBeBelow = new Map<string | null, { child: RoutableRelay; weight: number }[]>();
  readonly #room = new Map<string, number>();
  readonly #depths = new Map<string | null, number>();
  readonly #parents = new Map<string, string | null>();
  readonly #edges = new EdgeHeap();

  constructor(relays: readonly RoutableRelay[]) {
    this.#relays = new Map(relays.map((relay) => [relay.id, relay]));
    const fixed = relays.filter(({ isFree }) => !isFree);
    this.#fixedBelow = Map.groupBy(fixed, ({ parent }) => this.#knownParent(parent));
    for (const relay of relays) {
      const taken = this.#fixedBelow.get(relay.id)?.length ?? 0;
      this.#room.set(relay.id, Math.max(0, relay.maxChildren - taken));
      if (relay.isFree) for (const [parent, weight] of weights(relay)) this.#offer(parent, relay, weight);
    }
  }

  parents(): Parents {
    this.#settle(null, 0);
    for (let edge = this.#edges.pop(); edge !== undefined; edge = this.#edges.pop()) {
      const { child, parent } = edge;
      if (this.#parents.has(child) || !this.#hasRoom(parent)) continue;
      if (parent !== null) this.#room.set(parent, (this.#room.get(parent) ?? 0) - 1);
      this.#hang(child, parent);
    }
    return this.#parents;
  }

  #offer(parent: string | null, child: RoutableRelay, weight: number): void {
    const offers = this.#couldBeBelow.get(parent);
    if (offers === undefined) this.#couldBeBelow.set(parent, [{ child, weight }]);
    else offers.push({ child, weight });
  }

  #hasRoom(parent: string | null): boolean {
    if (parent === null) return true;
    return (this.#room.get(parent) ?? 0) > 0 && (this.#depths.get(parent) ?? MAX_DEPTH) < MAX_DEPTH;
  }

  #hang(id: string, parent: string | null): void {
    this.#parents.set(id, parent);
    this.#settle(id, (this.#depths.get(parent) ?? 0) + 1);
  }

  /** A relay, or the source, is in the tree now: so is who stays below it, and others can be hung there. */
  #settle(id: string | null, depth: number): void {
    this.#depths.set(id, depth);
    for (const { id: child, parent } of this.#fixedBelow.get(id) ?? []) {
      this.#parents.set(child, parent);
      this.#settle(child, depth + 1);
    }
    for (const { child, weight } of this.#couldBeBelow.get(id) ?? [])
      if (!this.#parents.has(child.id)) this.#edges.push({ child: child.id, parent: id, weight });
  }

  /** One that is not there is as good as the source: what is below it has to be somewhere. */
  #knownParent(parent: string | null): string | null {
    return parent !== null && this.#relays.has(parent) ? parent : null;
  }
}

/** What each way of a relay weighs. */
function weights({ parent, roundTrips }: RoutableRelay): Map<string | null, number> {
  const found = new Map<string | null, number>(roundTrips);
  if (!found.has(null)) found.set(null, UNKNOWN.source);
  const current = roundTrips.get(parent);
  const kept = current === undefined ? UNKNOWN.current : current * (1 - HYSTERESIS.part) - HYSTERESIS.ms;
  return found.set(parent, Math.max(0, kept));
}
