import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { PageWish } from '../../admin/list-wish.ts';
import type { ListPart } from '../../admin/relay-status.ts';
import type { Fleet, RelayReport } from '../fleet/fleet.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseStore } from '../store/house-store.ts';
import { firstPart } from './first-part.ts';
import {
  type FleetRelayState,
  type FleetRelayStatus,
  type FleetTotals,
  fleetRelayStates,
} from './fleet-status.ts';

/** Where what is known of the relays comes from. */
export interface RelaySources {
  readonly roster: Roster;
  readonly fleet: Fleet;
  readonly store: Pick<HouseStore, 'decisions'>;
  /** When a moment of the clock was, milliseconds since 1970. */
  dateOf(clockMs: number): number;
}

/** Which relays are wanted. */
export interface RelayListWish extends PageWish {
  readonly state?: FleetRelayState | undefined;
  /** Part of an id or title, in whatever letters. */
  readonly search?: string | undefined;
}

/** The relays of the fleet as people see them. */
export class RelayOverview {
  readonly #sources: RelaySources;

  constructor(sources: RelaySources) {
    this.#sources = sources;
  }

  /** Those that are wanted, by id. */
  list({ state, search, ...wish }: RelayListWish): ListPart<FleetRelayStatus> {
    const words = search?.toLowerCase();
    const wanted = this.all().filter(
      ({ entry, state: is }) =>
        (state ?? is) === is &&
        (words === undefined || `${entry.id}\n${entry.title}`.toLowerCase().includes(words)),
    );
    const { items, next } = firstPart(wanted, ({ entry }) => entry.id, wish);
    const provisioned = this.#provisioned();
    return { items: items.map((one) => this.#statusOf(one, provisioned)), next };
  }

  /** Undefined where there is none of this id. */
  find(id: string): FleetRelayStatus | undefined {
    const entry = this.#sources.roster.entries.get(id) ?? this.#unapproved().get(id);
    return entry && this.#statusOf(this.#standing(entry), this.#provisioned());
  }

  /** All of them together. */
  totals(): FleetTotals {
    const relays = Object.fromEntries(fleetRelayStates.map((state) => [state, 0])) as Record<
      FleetRelayState,
      number
    >;
    const sums = { players: 0, publishers: 0, sentBitsPerSecond: 0, receivedBitsPerSecond: 0 };
    for (const { state, report, isOnline } of this.all()) {
      relays[state]++;
      if (report === undefined || !isOnline) continue;
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += report[name];
    }
    return { relays, ...sums };
  }

  /** All of them: those of the roster in its order, then those that wait for their approval. */
  all(): readonly KnownRelay[] {
    const { roster } = this.#sources;
    const entries = [...roster.entries.values(), ...this.#unapproved().values()];
    return entries.map((entry) => this.#standing(entry));
  }

  #provisioned(): ReadonlySet<string> {
    return new Set(this.#sources.store.decisions.provisioned.map(({ entry }) => entry.id));
  }

  #unapproved(): ReadonlyMap<string, RosterEntry> {
    const { provisioned } = this.#sources.store.decisions;
    return new Map(
      provisioned.flatMap(({ entry, isApproved }) => (isApproved ? [] : [[entry.id, entry] as const])),
    );
  }

  #standing(entry: RosterEntry): KnownRelay {
    const report = this.#sources.fleet.report(entry.id);
    const isOnline = report !== undefined && this.#sources.fleet.isOnline(entry.id);
    return { entry, report, isOnline, state: this.#stateOf(entry, isOnline ? report : undefined) };
  }

  /** @param report - undefined where it is offline */
  #stateOf({ id, enabled }: RosterEntry, report: RelayReport | undefined): FleetRelayState {
    const { roster } = this.#sources;
    if (!roster.entries.has(id)) return 'unapproved';
    if (!enabled) return 'disabled';
    if (report === undefined) return 'offline';
    return roster.isDraining(id) ? 'draining' : report.state;
  }

  #statusOf({ entry, report, state }: KnownRelay, provisioned: ReadonlySet<string>): FleetRelayStatus {
    const { roster, dateOf } = this.#sources;
    const { id, title, parent, networks, limits, urls } = entry;
    return {
      ...{ id, title, state, parent, draining: roster.isDraining(id) },
      provisioned: provisioned.has(id),
      ...{ networks, limits, urls },
      players: report?.players ?? null,
      publishers: report?.publishers ?? null,
      sentBitsPerSecond: report?.sentBitsPerSecond ?? null,
      receivedBitsPerSecond: report?.receivedBitsPerSecond ?? null,
      streams: report?.streams.size ?? null,
      report:
        report === undefined
          ? null
          : {
              at: new Date(dateOf(report.at)).toISOString(),
              ...{ software: report.software, house: report.house },
              ...{ revision: report.revision, problem: report.problem },
            },
    };
  }
}

/** A relay, and what is known of it. */
export interface KnownRelay {
  readonly entry: RosterEntry;
  readonly report: RelayReport | undefined;
  /** Whether that is young. */
  readonly isOnline: boolean;
  readonly state: FleetRelayState;
}
