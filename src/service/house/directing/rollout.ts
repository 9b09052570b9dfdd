import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Fleet, FleetEvent } from '../fleet/fleet.ts';
import { FleetMap } from './fleet-map.ts';
import type { FleetPlan } from './fleet-plan.ts';
import { healthOf, type RelayHealth, worsening } from './health.ts';
import { quietFleet, revisionOf, settingsFor } from './settings-for.ts';

/** How far a new plan has come. */
export type RolloutStatus =
  /** All relays go by the same. */
  | { readonly at: 'settled' }
  /** None of those that it changes anything for is online here. */
  | { readonly at: 'waiting'; readonly relays: number }
  /** One goes by it, and the others will when that one does well. */
  | {
      readonly at: 'trying';
      readonly relay: string;
      /** Why that one. */
      readonly reason: string;
      readonly relays: number;
      /** Milliseconds since 1970. */
      readonly since: number;
    }
  /** The one did worse: all go by what was before, until there is another plan. */
  | { readonly at: 'rolled-back'; readonly relay: string; readonly why: string; readonly since: number };

/** What a rollout needs of its house. */
export interface RolloutParts {
  /** May change. */
  readonly settings: { readonly telemetryIntervalMs: number };
  readonly fleet: Fleet;
  /** The relays that are linked to this house. */
  readonly links: { readonly here: Iterable<string> };
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** Told when a relay is to go by another plan than before. */
  onChange(): void;
  /** Told when a plan holds for all. */
  onAdopted(plan: FleetPlan): void;
}

/** So many good reports in a row show that a relay does well. */
const GOOD_REPORTS = 5;

/** So many bad ones in a row show that it does not: one may be while streams move. */
const BAD_REPORTS = 3;

/** It has so long to show it, milliseconds, or as long as so many reports take. */
const TRIAL_MS = 60_000;
const TRIAL_REPORTS = 20;

type State =
  | { readonly at: 'settled' }
  | { readonly at: 'waiting'; readonly map: FleetMap; readonly concerned: ReadonlySet<string> }
  | {
      readonly at: 'trying';
      readonly map: FleetMap;
      readonly concerned: ReadonlySet<string>;
      readonly relay: string;
      readonly reason: string;
      readonly before: RelayHealth;
      readonly since: number;
      readonly stop: () => void;
      /** Of the settings that it was sent; undefined until it says that it goes by them. */
      revision: string | undefined;
      good: number;
      bad: number;
    }
  | {
      readonly at: 'rolled-back';
      readonly map: FleetMap;
      readonly relay: string;
      readonly why: string;
      readonly since: number;
    };

/**
 * Brings a new plan to the relays: one first, and the others once that one has done well for a while. It goes back by itself where
 * that one does worse.
 */
export class Rollout {
  readonly #parts: RolloutParts;
  /** How often a plan was given up. */
  rollbacks = 0;
  #adopted: FleetMap;
  #state: State = { at: 'settled' };

  /** @param plan - by which all relays go */
  constructor(plan: FleetPlan, parts: RolloutParts) {
    this.#adopted = new FleetMap(plan);
    this.#parts = parts;
  }

  get status(): RolloutStatus {
    const state = this.#state;
    switch (state.at) {
      case 'settled':
        return state;
      case 'waiting':
        return { at: 'waiting', relays: state.concerned.size };
      case 'trying': {
        const { relay, reason, since, concerned } = state;
        return { at: 'trying', relay, reason, relays: concerned.size, since };
      }
      default: {
        const { relay, why, since } = state;
        return { at: 'rolled-back', relay, why, since };
      }
    }
  }

  /** What a relay goes by. */
  mapFor(relay: string): FleetMap {
    const state = this.#state;
    if (state.at === 'trying' && state.relay === relay) return state.map;
    const isNew = this.#adopted.get(relay) === undefined;
    return isNew && state.at !== 'settled' ? state.map : this.#adopted;
  }

  /** This is to hold from now on. @param isWish - somebody asks for it, be it the one that did worse before */
  propose(plan: FleetPlan, isWish: boolean): void {
    const state = this.#state;
    const latest = state.at === 'settled' ? this.#adopted : state.map;
    if (isSame(latest.plan, plan) && !(isWish && state.at === 'rolled-back')) return;
    this.#leave();
    const map = new FleetMap(plan);
    const concerned = concernedBy(this.#adopted, map);
    if (concerned.size === 0) this.#adopt(map);
    else {
      this.#state = { at: 'waiting', map, concerned };
      this.#tryOne();
    }
    this.#parts.onChange();
  }

  /** A relay has linked up with this house, or is online. */
  onOnline(): void {
    if (this.#state.at === 'waiting' && this.#tryOne()) this.#parts.onChange();
  }

  /** A relay has said whether it goes by settings. @param map - that they were made by */
  onAcknowledged(relay: string, map: FleetMap, revision: string, problem: string | null): void {
    const state = this.#state;
    if (state.at !== 'trying' || state.relay !== relay || state.map !== map) return;
    if (problem !== null) this.#goBack(state, `it cannot go by it: ${problem}`);
    else state.revision = revision;
  }

  onEvent(event: FleetEvent): void {
    const state = this.#state;
    if (event.what === 'relay-up') this.onOnline();
    if (state.at !== 'trying') return;
    if (event.what === 'relay-down' && event.relay === state.relay) this.#goBack(state, 'it is offline');
    if (event.what === 'reported' && event.relay === state.relay) this.#look(state);
  }

  close(): void {
    this.#leave();
  }

  /** @returns whether there was one */
  #tryOne(): boolean {
    const state = this.#state;
    if (state.at !== 'waiting') return false;
    const { map, concerned } = state;
    const { fleet, clock, log, wallTime, links } = this.#parts;
    const chosen = firstOf(concerned, links.here, fleet, map);
    const report = chosen && fleet.report(chosen.relay);
    if (chosen === undefined || report === undefined) return false;
    const { relay, reason } = chosen;
    const trialMs = Math.max(TRIAL_MS, TRIAL_REPORTS * this.#parts.settings.telemetryIntervalMs);
    const stop = clock.after(trialMs, () => {
      if (this.#state.at === 'trying')
        this.#goBack(this.#state, `it has not done well for long enough in ${trialMs} ms`);
    });
    this.#state = {
      ...{ at: 'trying', map, concerned, relay, reason, before: healthOf(report), since: wallTime(), stop },
      ...{ revision: undefined, good: 0, bad: 0 },
    };
    const others = concerned.size - 1;
    if (others > 0)
      log.info(
        'directing',
        `relay ${relay} is the first of ${concerned.size} to get another configuration, as ${reason}`,
        { id: relay, outcome: 'trying' },
      );
    return true;
  }

  #look(state: State & { readonly at: 'trying' }): void {
    const report = this.#parts.fleet.report(state.relay);
    if (report === undefined || state.revision === undefined || report.revision !== state.revision) return;
    const why = worsening(state.before, report);
    state.good = why === undefined ? state.good + 1 : 0;
    state.bad = why === undefined ? 0 : state.bad + 1;
    if (why !== undefined && (report.problem !== null || state.bad >= BAD_REPORTS)) this.#goBack(state, why);
    else if (state.good >= GOOD_REPORTS) {
      const { relay, concerned, map } = state;
      this.#leave();
      this.#adopt(map);
      const text = `relay ${relay} does well with its configuration: ${concerned.size - 1} others get theirs`;
      if (concerned.size > 1) this.#parts.log.info('directing', text, { id: relay, outcome: 'adopted' });
      this.#parts.onChange();
    }
  }

  #adopt(map: FleetMap): void {
    this.#adopted = map;
    this.#state = { at: 'settled' };
    this.#parts.onAdopted(map.plan);
  }

  #goBack({ relay, map, concerned }: State & { readonly at: 'trying' }, why: string): void {
    const { log, wallTime, onChange } = this.#parts;
    this.#leave();
    this.rollbacks++;
    this.#state = { at: 'rolled-back', map, relay, why, since: wallTime() };
    const others = concerned.size - 1;
    const rest = others > 0 ? `, and ${others} others keep theirs` : '';
    const text = `relay ${relay} does worse with its new configuration (${why}): it goes back${rest}`;
    log.error('directing', text, { id: relay, outcome: 'rolled-back' });
    onChange();
  }

  #leave(): void {
    if (this.#state.at === 'trying') this.#state.stop();
  }
}

/** Relays that were there before and would go by something else. */
function concernedBy(before: FleetMap, after: FleetMap): ReadonlySet<string> {
  const concerned = new Set<string>();
  for (const { id } of after.plan.relays) {
    const [old, now] = [settingsFor(before, id, quietFleet), settingsFor(after, id, quietFleet)];
    if (old !== undefined && now !== undefined && revisionOf(old) !== revisionOf(now)) concerned.add(id);
  }
  return concerned;
}

/**
 * The one to begin with: nobody else depends on it, it shows whether streams still come, and few notice if they do not. Among equals
 * the first of the roster.
 */
function firstOf(
  concerned: ReadonlySet<string>,
  here: Iterable<string>,
  fleet: Fleet,
  map: FleetMap,
): { readonly relay: string; readonly reason: string } | undefined {
  const linked = new Set(here);
  const parents = new Set(map.plan.relays.map(({ parent }) => parent));
  const ranked = [...concerned]
    .filter((relay) => linked.has(relay) && fleet.isOnline(relay))
    .map((relay) => {
      const { players = 0, streams } = fleet.report(relay) ?? {};
      const isLive = [...(streams?.values() ?? [])].some(({ state }) => state === 'live');
      return { relay, isLeaf: !parents.has(relay), isLive, players };
    })
    .sort(
      (a, b) =>
        Number(b.isLeaf) - Number(a.isLeaf) || Number(b.isLive) - Number(a.isLive) || a.players - b.players,
    );
  const [first] = ranked;
  if (first === undefined) return undefined;
  const { relay, isLeaf, isLive, players } = first;
  const place = isLeaf ? 'no other relay pulls from it' : 'others pull from each of them';
  const shows = isLive ? `it has live streams and only ${players} players` : 'none of them has live streams';
  return { relay, reason: concerned.size === 1 ? 'it is the only one' : `${place}, and ${shows}` };
}

function isSame(one: FleetPlan, other: FleetPlan): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
