import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { Randomness } from '../choosing/shuffled-bag.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { LinkError, type RelayLinks } from '../links/relay-links.ts';
import type { Roster } from '../roster/roster.ts';
import { type HouseStore, StoreError } from '../store/house-store.ts';
import { measureTargets } from './measure-targets.ts';
import type { RelayRoute, Routes } from './relay-route.ts';
import { RoundTrips, SOURCE } from './round-trips.ts';
import { isFixed, pullUrl, type RouteGround, routableRelays, sourceUrls } from './route-ground.ts';
import { nextMoves, type RouteMove } from './route-step.ts';
import { type Parents, planTree } from './route-tree.ts';

/** So many relays of this house measure at the same time. */
const AT_A_TIME = 4;

/** Each relay measures this often, milliseconds. */
const MEASURE_EVERY_MS = 300_000;

/** It is looked this often who is to measure, milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Routes are decided on this often, milliseconds: what was decided before has been done by then. */
const DECIDE_EVERY_MS = 60_000;

/** What shortest routes go by. */
export interface RouteScene {
  /** May change. */
  readonly settings: { readonly autoRoutes: boolean; readonly streams: RouteGround['streams'] };
  readonly roster: Roster;
  readonly fleet: Fleet;
  readonly store: HouseStore;
  readonly links: RelayLinks;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Randomness;
}

/** Has the relays of this house measure the ways between them, proposes the shortest routes, and decides on them where it may. */
export class FleetRoutes implements Routes {
  readonly #scene: RouteScene;
  readonly #roundTrips = new RoundTrips();
  /** When each relay has begun to measure last, milliseconds of the clock. */
  readonly #measuredAt = new Map<string, number>();
  readonly #ends: readonly (() => void)[];
  #measuring = 0;

  constructor(scene: RouteScene) {
    const { clock, store, roster } = scene;
    this.#scene = scene;
    this.#ends = [
      every(clock, LOOK_EVERY_MS, () => this.#look()),
      every(clock, DECIDE_EVERY_MS, () => void this.#decide()),
      roster.onChange(() => this.#keep()),
      store.hear((news, from) => {
        if (news.what === 'measured' && from !== store.house) this.#take(news.relay, news.roundTrips);
      }),
    ];
  }

  all(): readonly RelayRoute[] {
    const { roster, store } = this.#scene;
    const { routes } = store.decisions;
    const proposed = planTree(this.#relays());
    return [...roster.entries.values()].flatMap((entry): RelayRoute[] => {
      const { id, parent } = entry;
      const better = proposed.get(id);
      if (better === undefined) return [];
      const isFixedHere = isFixed(entry, routes);
      const ways = { roundTripMs: this.#ms(id, parent), proposedRoundTripMs: this.#ms(id, better) };
      return [{ relay: id, parent, isFixed: isFixedHere, proposed: better, ...ways }];
    });
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  #relays(): ReturnType<typeof routableRelays> {
    const { roster, fleet, settings, store } = this.#scene;
    const { routes } = store.decisions;
    return routableRelays({ roster, fleet, streams: settings.streams, routes, roundTrips: this.#roundTrips });
  }

  #ms(relay: string, parent: string | null): number | null {
    return this.#roundTrips.between(relay, parent ?? SOURCE) ?? null;
  }

  #take(relay: string, measured: Readonly<Record<string, number | null>>): void {
    if (this.#scene.roster.entries.has(relay)) this.#roundTrips.take(relay, measured);
  }

  #keep(): void {
    const relays = new Set(this.#scene.roster.entries.keys());
    this.#roundTrips.keep(relays);
    for (const relay of this.#measuredAt.keys()) if (!relays.has(relay)) this.#measuredAt.delete(relay);
  }

  /** Whoever has not measured for longest is next. */
  #look(): void {
    const { links, clock, fleet } = this.#scene;
    const now = clock.now();
    const isDue = (relay: string): boolean =>
      fleet.isOnline(relay) && now - (this.#measuredAt.get(relay) ?? -MEASURE_EVERY_MS) >= MEASURE_EVERY_MS;
    const due = [...links.here].filter(isDue);
    due.sort((one, other) => (this.#measuredAt.get(one) ?? -1) - (this.#measuredAt.get(other) ?? -1));
    for (const relay of due.slice(0, AT_A_TIME - this.#measuring)) void this.#measure(relay, now);
  }

  async #measure(relay: string, now: number): Promise<void> {
    const { links, store, log } = this.#scene;
    this.#measuredAt.set(relay, now);
    const targets = this.#targetsOf(relay);
    if (targets.length === 0) return;
    this.#measuring++;
    try {
      const { roundTrips } = await links.order(relay, { type: 'measure', targets });
      if (roundTrips === undefined) return;
      const measured = sourcesAsOne(roundTrips, targets);
      this.#take(relay, measured);
      store.tell({ what: 'measured', relay, roundTrips: measured });
    } catch (error) {
      if (!(error instanceof LinkError)) log.error('bug', bugText(error)); // else it is asked again when its turn comes
    } finally {
      this.#measuring--;
    }
  }

  #targetsOf(relay: string): { readonly relay: string; readonly url: string }[] {
    const { roster, fleet, settings, random } = this.#scene;
    const urls = new Map<string, string>();
    for (const entry of roster.entries.values()) {
      const url = pullUrl(entry);
      if (entry.id !== relay && entry.enabled && url !== null && fleet.isOnline(entry.id))
        urls.set(entry.id, url);
    }
    const parent = roster.entries.get(relay)?.parent ?? null;
    const chosen = measureTargets(relay, parent, [...urls.keys()], this.#roundTrips, random);
    return [
      ...sourceUrls(settings.streams).map((url, at) => ({ relay: `${SOURCE}${at}`, url })),
      ...chosen.map((id) => ({ relay: id, url: urls.get(id) ?? '' })),
    ];
  }

  /** One house decides for all: that with the first name of those that have relays. */
  async #decide(): Promise<void> {
    const { settings, roster, store, fleet, log } = this.#scene;
    const houses = [...fleet.reports()]
      .filter(({ relay }) => fleet.isOnline(relay))
      .map(({ house }) => house);
    if (!houses.includes(store.house) || houses.some((house) => house < store.house)) return;
    const { routes } = store.decisions;
    const relays = this.#relays();
    const current: Parents = new Map(relays.map(({ id, parent }) => [id, parent]));
    const moves = settings.autoRoutes ? nextMoves(current, planTree(relays)) : [];
    const isLeftOver = (id: string): boolean => {
      const entry = roster.entries.get(id);
      return !settings.autoRoutes || entry === undefined || isFixed(entry, routes);
    };
    const left = Object.keys(routes).filter(isLeftOver);
    if (moves.length === 0 && left.length === 0) return;
    try {
      await store.decide((decisions) => ({ ...decisions, routes: moved(decisions.routes, moves, left) }));
    } catch (error) {
      if (!(error instanceof StoreError)) log.error('bug', bugText(error));
      return; // it is decided next time
    }
    for (const { relay, to } of moves) {
      const ms = this.#ms(relay, to);
      const way = ms === null ? '' : `, ${Math.round(ms)} ms away`;
      const text = `relay ${relay} is to pull from ${to ?? 'the original sources'}${way}`;
      log.info('route', text, { id: relay, parent: to });
    }
  }
}

/** The routes after some moves, without those that are left over: only what is below another relay has one. */
function moved(
  routes: Readonly<Record<string, string | null>>,
  moves: readonly RouteMove[],
  left: readonly string[],
): Record<string, string | null> {
  const all = new Map(Object.entries(routes));
  for (const relay of left) all.delete(relay);
  for (const { relay, to } of moves) {
    if (to === null) all.delete(relay);
    else all.set(relay, to);
  }
  return Object.fromEntries(all);
}

/** The mean of the ways to all sources; null where one of them cannot be reached. */
function sourcesAsOne(
  roundTrips: Readonly<Record<string, number | null>>,
  targets: readonly { readonly relay: string }[],
): Record<string, number | null> {
  const asked = new Set(targets.map(({ relay }) => relay));
  const found = Object.entries(roundTrips).filter(([target]) => asked.has(target));
  const [sources, relays] = [true, false].map((isSource) =>
    found.filter(([target]) => target.startsWith(SOURCE) === isSource),
  );
  const ways = (sources ?? []).map(([, ms]) => ms);
  const sum = ways.reduce((all: number | null, ms) => (all === null || ms === null ? null : all + ms), 0);
  const source = ways.length === 0 ? [] : [[SOURCE, sum === null ? null : sum / ways.length] as const];
  return Object.fromEntries([...(relays ?? []), ...source]);
}
