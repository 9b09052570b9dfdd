import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import type { RelayReport } from '../fleet/fleet.ts';
import type { Seeking } from './choice.ts';
import { ServedNetworks } from './networks/served-networks.ts';
import { meanLoad } from './player-load.ts';
import { hasRoad } from './relay-url.ts';
import type { Reservations } from './reservations.ts';

/** Why a relay takes nobody, whatever the network. */
export type RelayObjection = 'disabled' | 'draining' | 'offline' | 'unreachable' | 'full';

/** When a choice is made, and what holds for all relays then. */
export interface Moment {
  /** Milliseconds of the clock. */
  readonly now: number;
  readonly offlineAfterMs: number;
  /** What a player takes at a relay that has none, bits per second. */
  readonly meanLoad: number;
}

/** All that is known of a relay that a choice depends on. */
export class RelayStanding {
  readonly id: string;
  /** Those whom its report does not count yet. */
  readonly reservations: Reservations;
  #entry: RosterEntry;
  #networks: ServedNetworks;
  #ingest: readonly KeyPattern[] | undefined;
  #isDraining: boolean;
  #report: RelayReport | undefined;
  #load: number | undefined;

  constructor(entry: RosterEntry, isDraining: boolean, reservations: Reservations) {
    this.id = entry.id;
    this.reservations = reservations;
    this.#entry = entry;
    this.#isDraining = isDraining;
    this.#networks = new ServedNetworks(entry.networks);
    this.#ingest = entry.ingest?.map((pattern) => new KeyPattern(pattern));
  }

  get entry(): RosterEntry {
    return this.#entry;
  }

  get networks(): ServedNetworks {
    return this.#networks;
  }

  /** What it has said last; undefined while nothing of it is known. */
  get report(): RelayReport | undefined {
    return this.#report;
  }

  /** What a player takes there, bits per second; undefined where it has none, or nothing is known of what they take. */
  get load(): number | undefined {
    return this.#load;
  }

  /** The roster says something else of it, or somebody has decided so. */
  enter(entry: RosterEntry, isDraining: boolean): void {
    this.#isDraining = isDraining;
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.#networks = new ServedNetworks(entry.networks);
    this.#ingest = entry.ingest?.map((pattern) => new KeyPattern(pattern));
  }

  /** It says something else of itself, or nothing is known of it any more. */
  hear(report: RelayReport | undefined): void {
    if (report !== this.#report) this.reservations.settle();
    this.#report = report;
    this.#load = report === undefined ? undefined : meanLoad(report);
  }

  /** Why it does not take whoever seeks; undefined where it does. Whether it serves the network is not asked. */
  objectionTo(seeking: Pick<Seeking, 'verb' | 'way' | 'stream'>, moment: Moment): RelayObjection | undefined {
    if (!this.#entry.enabled) return 'disabled';
    if (this.#isDraining || this.#report?.state === 'draining') return 'draining';
    if (this.#report === undefined || moment.now - this.#report.at >= moment.offlineAfterMs) return 'offline';
    if (!this.isReachableFor(seeking)) return 'unreachable';
    if (this.#report.state === 'full') return 'full';
    return seeking.verb === 'play' && this.placesLeft(moment) < 1 ? 'full' : undefined;
  }

  /** Whether it has an address for this way and, of a publisher, takes the stream. */
  isReachableFor({ verb, way, stream }: Pick<Seeking, 'verb' | 'way' | 'stream'>): boolean {
    return hasRoad(this.#entry, way, stream) && (verb === 'play' || this.#takesPublisherOf(stream));
  }

  /** Whether what it serves has come from a publisher of its own. */
  isPublishedHere(stream: string): boolean {
    return this.#report?.streams.get(stream)?.source === 'publisher';
  }

  /** How many more players it may have, those on their way counted already; infinite without a limit. */
  placesLeft(moment: Moment): number {
    const { players, sentBitsPerSecond } = this.#entry.limits;
    const has = this.#report?.players ?? 0;
    const byPlayers = players === null ? Number.POSITIVE_INFINITY : players - has;
    const byBits =
      sentBitsPerSecond === null ? Number.POSITIVE_INFINITY : this.#placesWithin(sentBitsPerSecond, moment);
    return Math.max(0, Math.floor(Math.min(byPlayers, byBits) - this.reservations.count));
  }

  /** Who has just come is not yet in what is sent, so that it counts with what it will take. */
  #placesWithin(bitsPerSecond: number, moment: Moment): number {
    const mean = this.#load ?? moment.meanLoad;
    const { players = 0, sentBitsPerSecond = 0 } = this.#report ?? {};
    return (bitsPerSecond - Math.max(sentBitsPerSecond, players * mean)) / mean;
  }

  #takesPublisherOf(stream: string): boolean {
    if (this.#ingest === undefined) return this.#entry.parent === null;
    return this.#ingest.some((pattern) => pattern.matches(stream));
  }
}
