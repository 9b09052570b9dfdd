import type { RosterEntry } from '../../src/config/house/roster-settings.ts';
import type {
  Fleet,
  FleetEvent,
  FleetPlayer,
  PlayerFilter,
  RelayReport,
} from '../../src/service/house/fleet/fleet.ts';
import { PlayerIndex } from '../../src/service/house/fleet/player-index.ts';
import type { Roster } from '../../src/service/house/roster/roster.ts';
import { FakeClock } from './fake-clock.ts';

/** A relay of a roster that serves everybody, with this instead. */
export function rosterEntry(id: string, parts: Partial<RosterEntry> = {}): RosterEntry {
  const urls = { rtmp: `rtmp://${id}`, rtmps: null, http: `http://${id}:8080`, https: null, mmsh: null };
  return {
    ...{ id, title: id, key: null, auth: 'key', parent: null, ingest: null },
    ...{ networks: [{ cidr: '0.0.0.0/0', priority: 0 }], limits: { players: null, sentBitsPerSecond: null } },
    ...{ urls, proxyProtocol: false, enabled: true },
    ...parts,
  };
}

/** What an idle relay says of itself, with this instead. */
export function relayReport(relay: string, parts: Partial<RelayReport> = {}): RelayReport {
  return {
    ...{ relay, at: 0, state: 'ready', players: 0, publishers: 0, sentBitsPerSecond: 0 },
    ...{ receivedBitsPerSecond: 0, streams: new Map(), software: 'test', instance: `${relay}-1` },
    ...{ revision: null, problem: null, house: 'here' },
    ...parts,
  };
}

/** A roster that a test writes. */
export class FakeRoster implements Roster {
  entries: ReadonlyMap<string, RosterEntry> = new Map();
  readonly draining: Set<string> = new Set();
  readonly #tells = new Set<() => void>();

  constructor(entries: readonly RosterEntry[]) {
    this.write(entries);
  }

  write(entries: readonly RosterEntry[]): void {
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
    for (const tell of this.#tells) tell();
  }

  /** Has a relay take no new players, or take them again. */
  drain(relay: string, isDraining: boolean): void {
    if (isDraining) this.draining.add(relay);
    else this.draining.delete(relay);
    for (const tell of this.#tells) tell();
  }

  isDraining(relay: string): boolean {
    return this.draining.has(relay);
  }

  onChange(tell: () => void): () => void {
    this.#tells.add(tell);
    return () => this.#tells.delete(tell);
  }
}

/** A fleet that says what a test has it say. */
export class FakeFleet implements Fleet {
  readonly clock: FakeClock;
  readonly offlineAfterMs: number;
  readonly #reports = new Map<string, RelayReport>();
  readonly #players = new PlayerIndex();
  readonly #tells = new Set<(event: FleetEvent) => void>();

  constructor(clock: FakeClock = new FakeClock(), offlineAfterMs = 10_000) {
    this.clock = clock;
    this.offlineAfterMs = offlineAfterMs;
  }

  /** A relay reports now. @param joined - so many players have come since */
  says(relay: string, parts: Partial<RelayReport> = {}, joined = 0): void {
    this.#reports.set(relay, relayReport(relay, { at: this.clock.now(), ...parts }));
    this.joins(relay, joined);
    this.#tell({ what: 'reported', relay });
  }

  /** So many players of a relay are heard of, before its report is complete. */
  joins(relay: string, players: number): void {
    for (let at = 0; at < players; at++) this.#tell({ what: 'joined', player: fleetPlayer(relay, `${at}`) });
  }

  report(relay: string): RelayReport | undefined {
    return this.#reports.get(relay);
  }

  isOnline(relay: string): boolean {
    const at = this.#reports.get(relay)?.at;
    return at !== undefined && this.clock.now() - at < this.offlineAfterMs;
  }

  reports(): Iterable<RelayReport> {
    return this.#reports.values();
  }

  /** A player is there. */
  seat(player: FleetPlayer): void {
    this.#players.add(player);
    this.#tell({ what: 'joined', player });
  }

  /** A player goes. */
  unseat(player: FleetPlayer, reason = 'left'): void {
    this.#players.remove(player);
    this.#tell({ what: 'left', player, bytes: 1000, seconds: 10, reason });
  }

  player(id: string): FleetPlayer | undefined {
    return this.#players.get(id);
  }

  players(filter?: PlayerFilter): Iterable<FleetPlayer> {
    return this.#players.find(filter);
  }

  follow(tell: (event: FleetEvent) => void): () => void {
    this.#tells.add(tell);
    return () => this.#tells.delete(tell);
  }

  #tell(event: FleetEvent): void {
    for (const tell of this.#tells) tell(event);
  }
}

/** A player of a relay, with this instead. */
export function fleetPlayer(relay: string, id: string, parts: Partial<FleetPlayer> = {}): FleetPlayer {
  const who = { uid: null, identity: null, address: '192.0.2.1' };
  const does = { protocol: 'http-flv', stream: 'live/a', since: 0 };
  return { player: `${relay}/${id}`, relay, id, ...who, ...does, ...parts };
}

/** A source of random numbers that gives the same ones for the same seed. @see mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
