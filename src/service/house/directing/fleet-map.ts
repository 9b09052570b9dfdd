import { KeyPattern } from '../../../config/key-pattern.ts';
import type { StreamSettings } from '../../../config/stream-settings.ts';
import { commonPattern } from './common-pattern.ts';
import type { FleetPlan, PlannedRelay } from './fleet-plan.ts';
import { upstreamUrls } from './upstream-urls.ts';

/** Parts of a stream entry that a relay takes publishers for: all of it, or what these patterns match. */
export type IngestPart = 'all' | readonly string[];

/** A stream that is published to a relay. */
export interface RoutableStream {
  readonly key: string;
  readonly relay: PlannedRelay;
}

/** A plan that is looked up in: who is above whom, who takes publishers of what. */
export class FleetMap {
  readonly plan: FleetPlan;
  readonly #relays: ReadonlyMap<string, PlannedRelay>;
  readonly #patterns: ReadonlyMap<StreamSettings, KeyPattern>;
  readonly #ingest = new Map<string, readonly KeyPattern[]>();
  readonly #taken = new Map<string, IngestPart>();
  readonly #takers = new Map<StreamSettings, readonly PlannedRelay[]>();

  readonly #routable = new WeakMap<ReadonlyMap<string, string>, readonly RoutableStream[]>();

  constructor(plan: FleetPlan) {
    this.plan = plan;
    this.#relays = new Map(plan.relays.map((relay) => [relay.id, relay]));
    this.#patterns = new Map(plan.streams.map((entry) => [entry, new KeyPattern(entry.match)]));
  }

  get(relay: string): PlannedRelay | undefined {
    return this.#relays.get(relay);
  }

  /** The first relay that pulls the original sources: it forwards what they bring, once for all. */
  get firstRoot(): string | undefined {
    return this.plan.relays.find(({ parent, enabled }) => parent === null && enabled)?.id;
  }

  /** The entry of the streams that a key is of. */
  entryOf(key: string): StreamSettings | undefined {
    return this.plan.streams.find((entry) => this.#patterns.get(entry)?.matches(key));
  }

  /** Those above a relay, the nearest first, without those that are switched off, cannot be reached, or are passed over. */
  ancestorsOf(relay: string, isPassedOver: (relay: string) => boolean): PlannedRelay[] {
    const ancestors: PlannedRelay[] = [];
    const seen = new Set([relay]);
    let id = this.get(relay)?.parent ?? null;
    while (id !== null && !seen.has(id)) {
      seen.add(id);
      const ancestor = this.get(id);
      if (ancestor !== undefined && isReachable(ancestor) && !isPassedOver(id)) ancestors.push(ancestor);
      id = ancestor?.parent ?? null;
    }
    return ancestors;
  }

  /** What of an entry a relay takes publishers for. */
  takenOf({ id, parent, ingest }: PlannedRelay, entry: StreamSettings): IngestPart {
    if (ingest === null) return parent === null ? 'all' : [];
    const name = `${id} ${entry.match}`;
    let taken = this.#taken.get(name);
    if (taken === undefined) {
      const common = ingest.map((pattern) => commonPattern(pattern, entry.match));
      const found = [...new Set(common.filter((pattern) => pattern !== undefined))];
      taken = found.includes(entry.match) || this.#isWithin(entry, id, ingest) ? 'all' : found;
      this.#taken.set(name, taken);
    }
    return taken;
  }

  /** Whether a stream may be published to a relay, by what that takes. */
  takes({ id, parent, ingest }: PlannedRelay, key: string): boolean {
    if (ingest === null) return parent === null;
    return this.#ingestOf(id, ingest).some((pattern) => pattern.matches(key));
  }

  /** Those that take publishers of an entry, or of a part of it, in the order of the roster. */
  takersOf(entry: StreamSettings): readonly PlannedRelay[] {
    let takers = this.#takers.get(entry);
    if (takers === undefined) {
      takers = this.plan.relays.filter(
        (relay) => isReachable(relay) && this.takenOf(relay, entry).length > 0,
      );
      this.#takers.set(entry, takers);
    }
    return takers;
  }

  /**
   * Of streams that are published somewhere those that others can be sent there for.
   * @param publishedAt - relays by key; the same object as long as nothing changes
   */
  routable(publishedAt: ReadonlyMap<string, string>): readonly RoutableStream[] {
    let found = this.#routable.get(publishedAt);
    if (found === undefined) {
      found = [...publishedAt].flatMap(([key, at]) => {
        const relay = this.get(at);
        const isTaken = relay !== undefined && isReachable(relay) && this.takes(relay, key);
        return isTaken && this.entryOf(key)?.source.type === 'push' ? [{ key, relay }] : [];
      });
      this.#routable.set(publishedAt, found);
    }
    return found;
  }

  #isWithin(entry: StreamSettings, id: string, ingest: readonly string[]): boolean {
    return this.#patterns.get(entry)?.isCoveredBy(this.#ingestOf(id, ingest)) === true;
  }

  #ingestOf(id: string, ingest: readonly string[]): readonly KeyPattern[] {
    let patterns = this.#ingest.get(id);
    if (patterns === undefined) {
      patterns = ingest.map((pattern) => new KeyPattern(pattern));
      this.#ingest.set(id, patterns);
    }
    return patterns;
  }
}

/** Whether others can pull from a relay at all. */
export function isReachable({ enabled, urls }: PlannedRelay): boolean {
  return enabled && upstreamUrls(urls, ['flv', 'asf']).length > 0;
}
