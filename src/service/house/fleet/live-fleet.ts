import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { RelayHello, Telemetry } from '../../fleet-link/relay-message.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseNews, HouseStore } from '../store/house-store.ts';
import type { Fleet, FleetEvent, FleetPlayer, PlayerFilter, RelayReport } from './fleet.ts';
import { matches, PlayerIndex } from './player-index.ts';
import { ReportError, ReportedRelay } from './reported-relay.ts';
import { Retelling } from './retelling.ts';

/** What the state of a fleet needs of its house. */
export interface LiveFleetParts {
  /** May change. */
  readonly settings: { readonly offlineAfterMs: number };
  readonly roster: Roster;
  readonly store: HouseStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970; default: the machine's. */
  readonly wallTime?: () => number;
  readonly maxPlayers?: number;
}

/** How often it is looked who is offline: so many times in the time after which a relay is. */
const LOOKS = 10;

/** What all relays report: those that are linked to this house, and what other houses tell of theirs. */
export class LiveFleet implements Fleet {
  /** Told of a relay that has a newer link with another house than with this one. */
  onSuperseded: (relay: string) => void = () => {};
  readonly #parts: LiveFleetParts;
  readonly #wallTime: () => number;
  readonly #index: PlayerIndex;
  readonly #relays = new Map<string, ReportedRelay>();
  readonly #followers = new Set<(event: FleetEvent) => void>();
  readonly #retelling: Retelling;
  readonly #stopLooking: () => void;
  readonly #stops: readonly (() => void)[];
  #lookedAt: number;

  constructor(parts: LiveFleetParts) {
    const { settings, roster, store, clock } = parts;
    this.#parts = parts;
    this.#wallTime = parts.wallTime ?? Date.now;
    this.#index = new PlayerIndex(parts.maxPlayers);
    this.#lookedAt = clock.now();
    this.#retelling = new Retelling(clock, store, () => this.#own());
    const lookMs = Math.min(1000, Math.max(50, settings.offlineAfterMs / LOOKS));
    this.#stopLooking = every(clock, lookMs, () => this.#look());
    this.#stops = [
      this.#stopLooking,
      roster.onChange(() => this.#forgetStrangers()),
      store.hear((news, from) => this.#hear(news, from)),
      () => this.#retelling.close(),
    ];
    store.tell({ what: 'arrived' });
  }

  /** A relay has made a link with this house. @param linkedAt - milliseconds since 1970 */
  linked(relay: string, { software, instance }: RelayHello, linkedAt: number): void {
    this.#link(relay, { software, instance, linkedAt, house: this.#parts.store.house });
  }

  /** A message of a report has come by that link. @throws ReportError when it is more than a relay may report */
  take(relay: string, telemetry: Telemetry): void {
    const { store } = this.#parts;
    const reported = this.#relays.get(relay);
    if (reported?.reporter.house !== store.house) return;
    this.#take(reported, telemetry);
    const { software, instance, linkedAt } = reported.reporter;
    store.tell({ what: 'report', relay, software, instance, linkedAt, telemetry });
  }

  /** That link is over. */
  unlinked(relay: string): void {
    const { store } = this.#parts;
    if (this.#unlink(relay, store.house)) store.tell({ what: 'unlinked', relay });
  }

  /** The house that has the link of a relay, as far as is known. */
  houseOf(relay: string): string | undefined {
    const reported = this.#relays.get(relay);
    return reported?.isLinked === true ? reported.reporter.house : undefined;
  }

  report(relay: string): RelayReport | undefined {
    return this.#relays.get(relay)?.report;
  }

  isOnline(relay: string): boolean {
    return this.#isYoung(this.report(relay));
  }

  *reports(): Generator<RelayReport> {
    for (const { report } of this.#relays.values()) if (report !== undefined) yield report;
  }

  player(id: string): FleetPlayer | undefined {
    return this.#index.get(id);
  }

  *players(filter: PlayerFilter = {}): Generator<FleetPlayer> {
    if (filter.relay === undefined) yield* this.#index.find(filter);
    else
      for (const player of this.#relays.get(filter.relay)?.players ?? [])
        if (matches(player, filter)) yield player;
  }

  follow(tell: (event: FleetEvent) => void): () => void {
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }

  /** The house lets its relays go, and hears nothing more of them: for that none is offline. */
  rest(): void {
    this.#stopLooking();
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  *#own(): Generator<ReportedRelay> {
    const { house } = this.#parts.store;
    for (const reported of this.#relays.values())
      if (reported.isLinked && reported.isUp && reported.reporter.house === house) yield reported;
  }

  #hear(news: HouseNews, from: string): void {
    if (news.what === 'arrived') this.#retelling.tellAll();
    else if (news.what === 'unlinked') this.#unlink(news.relay, from);
    else if (news.what === 'report') this.#hearReport(news, from);
  }

  #hearReport(news: HouseNews & { readonly what: 'report' }, from: string): void {
    const { relay, software, instance, linkedAt, telemetry } = news;
    const { roster, store, log } = this.#parts;
    if (!roster.entries.has(relay)) return;
    const known = this.#relays.get(relay)?.reporter;
    if (known !== undefined && known.house !== from && known.linkedAt > linkedAt) return; // that link is over
    const wasOwn = this.houseOf(relay) === store.house;
    if (known?.house !== from || known.linkedAt !== linkedAt) {
      this.#link(relay, { software, instance, linkedAt, house: from });
      if (wasOwn) this.onSuperseded(relay);
    }
    try {
      const reported = this.#relays.get(relay);
      if (reported !== undefined) this.#take(reported, telemetry);
    } catch (error) {
      if (!(error instanceof ReportError)) log.error('bug', bugText(error));
    }
  }

  #link(relay: string, reporter: ReportedRelay['reporter']): void {
    const known = this.#relays.get(relay);
    if (known !== undefined) known.linked(reporter, this.#wallTime());
    else
      this.#relays.set(relay, new ReportedRelay(relay, reporter, this.#index, (event) => this.#tell(event)));
  }

  /** @returns whether that house had its link */
  #unlink(relay: string, house: string): boolean {
    const reported = this.#relays.get(relay);
    if (reported?.reporter.house !== house || !reported.isLinked) return false;
    reported.isLinked = false;
    return true;
  }

  #take(reported: ReportedRelay, telemetry: Telemetry): void {
    const { relay } = reported;
    if (!reported.take(telemetry, this.#parts.clock.now(), this.#wallTime())) return;
    if (!reported.isUp) {
      reported.isUp = true;
      this.#parts.log.info('relay-up', `relay ${relay} is online`, { id: relay });
      this.#tell({ what: 'relay-up', relay });
    }
    this.#tell({ what: 'reported', relay });
  }

  #isYoung(report: RelayReport | undefined): boolean {
    const { clock, settings } = this.#parts;
    return report !== undefined && clock.now() - report.at < settings.offlineAfterMs;
  }

  #look(): void {
    const { clock, store } = this.#parts;
    const now = clock.now();
    if (!store.isThere) this.#goOnWithout(now - this.#lookedAt);
    this.#lookedAt = now;
    for (const reported of this.#relays.values())
      if (reported.isUp && !this.#isYoung(reported.report)) this.#fall(reported);
  }

  /** What only other houses hear of grows no older while they cannot be heard: so all go on with what they know. */
  #goOnWithout(ms: number): void {
    for (const reported of this.#relays.values()) {
      if (reported.reporter.house === this.#parts.store.house || !reported.isUp) continue;
      reported.keepUp(ms);
      this.#tell({ what: 'reported', relay: reported.relay });
    }
  }

  #fall(reported: ReportedRelay): void {
    const { relay } = reported;
    const { log, settings } = this.#parts;
    reported.isUp = false;
    const text = `relay ${relay} is offline: it has not reported for ${settings.offlineAfterMs} ms`;
    log.warn('relay-down', text, { id: relay });
    this.#tell({ what: 'relay-down', relay });
    reported.forget('relay-down', this.#wallTime());
  }

  #forgetStrangers(): void {
    for (const [relay, reported] of this.#relays) {
      if (this.#parts.roster.entries.has(relay)) continue;
      this.#relays.delete(relay);
      if (reported.isUp) this.#tell({ what: 'relay-down', relay });
      reported.forget('relay-down', this.#wallTime());
    }
  }

  /** A follower that throws harms neither the others nor the relay that reports. */
  #tell(event: FleetEvent): void {
    for (const tell of this.#followers) {
      try {
        tell(event);
      } catch (error) {
        this.#parts.log.error('bug', bugText(error));
      }
    }
  }
}
