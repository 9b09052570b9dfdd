/** What a relay calls the original sources where it measures the way there: no relay has such an id. */
export const SOURCE = '=source';

/** So many ways are known of each relay: of more the longest are forgotten. */
const MAX_WAYS = 64;

/** How much a new figure counts beside the former ones. */
const WEIGHT_OF_NEW = 0.5;

/** Longer than any way. */
const UNREACHABLE_MS = 1e9;

/** How long the ways between relays are, as they have measured them. */
export class RoundTrips {
  /** Milliseconds by relay and target; null where the target cannot be reached. */
  readonly #ways = new Map<string, Map<string, number | null>>();

  /** From a relay to another one, or to {@link SOURCE}, and back; null: it cannot get there; undefined: not known. */
  between(relay: string, target: string): number | null | undefined {
    return this.#ways.get(relay)?.get(target);
  }

  /** Everywhere that a relay can get, the shortest way first. */
  nearest(relay: string): readonly (readonly [target: string, ms: number])[] {
    const ways = [...(this.#ways.get(relay) ?? [])].filter((way): way is [string, number] => way[1] !== null);
    return ways.sort(([, one], [, other]) => one - other);
  }

  /** Takes what a relay has measured. Where it could get nowhere at all, that says nothing of the others. */
  take(relay: string, measured: Readonly<Record<string, number | null>>): void {
    const found = Object.entries(measured);
    if (found.every(([, ms]) => ms === null)) return;
    const ways = this.#ways.get(relay) ?? new Map<string, number | null>();
    for (const [target, ms] of found) {
      const former = ways.get(target);
      const isFirst = former === undefined || former === null || ms === null;
      ways.set(target, isFirst ? ms : former + (ms - former) * WEIGHT_OF_NEW);
    }
    this.#ways.set(relay, ways);
    if (ways.size <= MAX_WAYS) return;
    const longest = [...ways].filter(([target]) => target !== SOURCE);
    longest.sort(([, one], [, other]) => (other ?? UNREACHABLE_MS) - (one ?? UNREACHABLE_MS));
    for (const [target] of longest.slice(0, ways.size - MAX_WAYS)) ways.delete(target);
  }

  /** Forgets all that is about other relays than these. */
  keep(relays: ReadonlySet<string>): void {
    for (const [relay, ways] of this.#ways) {
      if (!relays.has(relay)) this.#ways.delete(relay);
      for (const target of ways.keys()) if (target !== SOURCE && !relays.has(target)) ways.delete(target);
    }
  }
}
