import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { RelayReport } from '../fleet/fleet.ts';
import type { LiveFleet } from '../fleet/live-fleet.ts';
import type { HouseLinks } from '../links/house-links.ts';
import type { Roster } from '../roster/roster.ts';
import { type FleetPlan, fleetPlan, type PlanSettings } from './fleet-plan.ts';
import { Publications } from './publications.ts';
import { Rollout, type RolloutStatus } from './rollout.ts';
import { type FleetNow, revisionOf, settingsFor } from './settings-for.ts';

/** What lets relays play from each other. */
export interface RelayPermits {
  /** Public keys of all houses, base64url, by id. */
  publicKeys(): Readonly<Record<string, string>>;
  /** What a relay shows another one to play from it, as a part of a query; the same one for a while. Null: nothing. */
  relayPermit(relay: string, at: string): string | null;
  /** Others hold from now on. @returns ends it */
  onRenewal(tell: () => void): () => void;
}

/** Keeps the plan by which all relays go, for the next start. */
export interface PlanMemory {
  /** As it was kept; undefined where none was. */
  readonly kept: FleetPlan | undefined;
  keep(plan: FleetPlan): void;
}

/** What directing needs of its house. */
export interface DirectorParts {
  readonly settings: PlanSettings & { readonly telemetryIntervalMs: number };
  readonly roster: Roster;
  readonly fleet: LiveFleet;
  readonly links: HouseLinks;
  readonly permits: RelayPermits;
  readonly memory: PlanMemory;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970; default: the machine's. */
  readonly wallTime?: () => number;
}

/** What changes within this time is told to relays at once, milliseconds. */
const GATHER_MS = 200;

/** So many permits are kept. */
const MAX_PERMITS = 100_000;

/** So many relays are told at a time, or for so long, and the next after a pause, milliseconds: all others have to be served meanwhile. */
const TOLD_AT_ONCE = 20;
const TELL_MS = 10;
const PAUSE_MS = 20;

/** Gives each relay of this house its configuration, when it links up and when that has become another. */
export class Director {
  readonly #parts: DirectorParts;
  #settings: DirectorParts['settings'];
  readonly #rollout: Rollout;
  readonly #publications = new Publications();
  /** The revision that each relay was sent by its link; none while it has not been. */
  readonly #sent = new Map<string, string>();
  /** Permits by who shows them and where: to sign one costs more than all else. */
  readonly #permits = new Map<string, string | null>();
  /** Those that are to be looked at. */
  readonly #waiting = new Set<string>();
  readonly #followers = new Set<(status: RolloutStatus) => void>();
  readonly #stops: readonly (() => void)[];
  #stopTimer: (() => void) | undefined;
  #now: FleetNow;
  /** Whether something else may go on since. */
  #isStale = false;

  constructor(parts: DirectorParts) {
    const { settings, roster, fleet, links, permits, memory, clock, log } = parts;
    const { wallTime = Date.now } = parts;
    this.#parts = parts;
    this.#settings = settings;
    const plan = fleetPlan(roster, settings);
    this.#rollout = new Rollout(memory.kept ?? plan, {
      ...{ settings, fleet, links, clock, log, wallTime },
      onChange: () => this.#onPlan(),
      onAdopted: (adopted) => memory.keep(adopted),
    });
    for (const report of fleet.reports()) if (fleet.isOnline(report.relay)) this.#takePublications(report);
    this.#now = this.#look();
    if (memory.kept === undefined) memory.keep(plan);
    this.#rollout.propose(plan, true);
    this.#stops = [
      roster.onChange(() => this.#onRoster()),
      permits.onRenewal(() => {
        this.#permits.clear();
        this.#tellAll();
      }),
      links.onLinked((relay) => this.#onLinked(relay)),
      fleet.follow((event) => {
        if (event.what === 'reported') this.#onReported(event.relay);
        if (event.what === 'relay-down' && this.#publications.drop(event.relay)) this.#tellAll();
        this.#rollout.onEvent(event);
      }),
      () => this.#rollout.close(),
    ];
  }

  /** How far a new plan has come. */
  get status(): RolloutStatus {
    return this.#rollout.status;
  }

  /** How often relays have gone back to what was before. */
  get rollbacks(): number {
    return this.#rollout.rollbacks;
  }

  /** What a relay of this house was given last, as its report names it; undefined where it was given nothing. */
  revisionFor(relay: string): string | undefined {
    return this.#sent.get(relay);
  }

  /** Told each time that it has come further. @returns ends it */
  follow(tell: (status: RolloutStatus) => void): () => void {
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }

  /** Takes new settings over: what was rolled back is tried again. */
  configure(settings: DirectorParts['settings']): void {
    this.#settings = settings;
    this.#rollout.propose(fleetPlan(this.#parts.roster, settings), true);
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stopTimer?.();
    this.#waiting.clear();
  }

  #onRoster(): void {
    for (const relay of this.#sent.keys())
      if (!this.#parts.roster.entries.has(relay)) this.#sent.delete(relay);
    this.#rollout.propose(fleetPlan(this.#parts.roster, this.#settings), false);
    this.#tellAll(); // somebody may drain
  }

  #onPlan(): void {
    for (const tell of this.#followers) tell(this.#rollout.status);
    this.#tellAll();
  }

  #onLinked(relay: string): void {
    this.#sent.delete(relay);
    this.#rollout.onOnline();
    this.#tell([relay], 0);
  }

  #onReported(relay: string): void {
    const report = this.#parts.fleet.report(relay);
    if (report !== undefined && this.#takePublications(report)) this.#tellAll();
  }

  /** @returns whether anything has changed */
  #takePublications(report: RelayReport): boolean {
    const map = this.#rollout.mapFor(report.relay);
    const planned = map.get(report.relay);
    return this.#publications.take(report, (key) => planned !== undefined && map.takes(planned, key));
  }

  #tellAll(): void {
    this.#tell(this.#parts.links.here, GATHER_MS);
  }

  /** @param ms - how long more may be gathered */
  #tell(relays: Iterable<string>, ms: number): void {
    for (const relay of relays) this.#waiting.add(relay);
    this.#isStale = true;
    this.#stopTimer ??= this.#parts.clock.after(ms, () => this.#tellSome());
  }

  #tellSome(): void {
    const { clock } = this.#parts;
    this.#stopTimer = undefined;
    if (this.#isStale) this.#now = this.#look();
    this.#isStale = false;
    const until = clock.now() + TELL_MS;
    let left = TOLD_AT_ONCE;
    for (const relay of this.#waiting) {
      if (left-- === 0 || clock.now() >= until) {
        this.#stopTimer = clock.after(PAUSE_MS, () => this.#tellSome());
        return;
      }
      this.#waiting.delete(relay);
      this.#tellOne(relay);
    }
  }

  #tellOne(relay: string): void {
    const { links } = this.#parts;
    const map = this.#rollout.mapFor(relay);
    const settings = settingsFor(map, relay, this.#now);
    if (settings === undefined) return;
    const revision = revisionOf(settings);
    if (this.#sent.get(relay) === revision) {
      this.#rollout.onAcknowledged(relay, map, revision, null);
      return;
    }
    this.#sent.set(relay, revision);
    void links.insist(relay, { type: 'config', revision, settings }).then((acknowledgement) => {
      if (acknowledgement === undefined || this.#sent.get(relay) !== revision) return;
      this.#rollout.onAcknowledged(relay, map, revision, acknowledgement.problem);
    });
  }

  /** What goes on now; the same for all who are told until something changes. */
  #look(): FleetNow {
    const { roster, permits } = this.#parts;
    return {
      isDraining: (relay) => roster.isDraining(relay),
      publishedAt: new Map(this.#publications.at),
      permitKeys: permits.publicKeys(),
      permitFor: (relay, at) => this.#permitFor(relay, at),
    };
  }

  #permitFor(relay: string, at: string): string | null {
    const name = `${relay} ${at}`;
    let permit = this.#permits.get(name);
    if (permit === undefined) {
      permit = this.#parts.permits.relayPermit(relay, at);
      if (this.#permits.size >= MAX_PERMITS) this.#permits.clear();
      this.#permits.set(name, permit);
    }
    return permit;
  }
}
