import type { RosterEntry } from '../../../src/config/house/roster-settings.ts';
import type { Roster } from '../../../src/service/house/roster/roster.ts';

/** A relay of a roster, with what a test does not care for. */
export function rosterEntry(id: string, given: Partial<RosterEntry> = {}): RosterEntry {
  return {
    ...{
      id,
      title: id,
      key: `key-of-the-relay-${id}`,
      auth: 'key',
      parent: null,
      networks: [],
      ingest: null,
    },
    ...{ limits: { players: null, sentBitsPerSecond: null }, proxyProtocol: false, enabled: true },
    urls: { rtmp: `rtmp://${id}.example`, rtmps: null, http: null, https: null, mmsh: null },
    ...given,
  };
}

/** A roster that a test changes. */
export class TestRoster implements Roster {
  entries: ReadonlyMap<string, RosterEntry>;
  readonly #draining = new Set<string>();
  readonly #followers = new Set<() => void>();

  constructor(...entries: readonly RosterEntry[]) {
    this.entries = mapOf(entries);
  }

  isDraining(relay: string): boolean {
    return this.#draining.has(relay);
  }

  onChange(tell: () => void): () => void {
    this.#followers.add(tell);
    return () => this.#followers.delete(tell);
  }

  /** These are the relays from now on. */
  set(...entries: readonly RosterEntry[]): void {
    this.entries = mapOf(entries);
    this.#changed();
  }

  drain(relay: string, isDraining = true): void {
    if (isDraining) this.#draining.add(relay);
    else this.#draining.delete(relay);
    this.#changed();
  }

  #changed(): void {
    for (const tell of this.#followers) tell();
  }
}

function mapOf(entries: readonly RosterEntry[]): ReadonlyMap<string, RosterEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}
