import type { HouseLinkSettings } from '../../src/config/house/house-link-settings.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import type { Log } from '../../src/log.ts';
import type { Departure, PlayerReport, Telemetry } from '../../src/service/fleet-link/relay-message.ts';
import type { GivenConfig } from '../../src/service/relay/house/given/given-config.ts';
import type { HouseMember, MemberReport, MemberStream } from '../../src/service/relay/house/house-member.ts';
import { HouseLink, type HouseLinkHost } from '../../src/service/relay/house/link/house-link.ts';
import { systemClock } from '../../src/stream/clock.ts';

/** What a player takes, bits per second. */
const PLAYER_BITS = 2_000_000;

const settings = relaySettings.parse({});

/** A relay that has the link of a real one to its house, and players that are only counted. */
export class SimulatedRelay {
  readonly id: string;
  readonly link: HouseLink;
  readonly #places: number;
  readonly #players = new Map<string, PlayerReport>();
  #joined: PlayerReport[] = [];
  #left: Departure[] = [];
  #count = 0;

  constructor(house: HouseLinkSettings, places: number, log: Log) {
    this.id = house.id;
    this.#places = places;
    const member: HouseMember = {
      report: async (isWhole) => this.#report(isWhole),
      keepOut() {},
      welcome() {},
    };
    const relay = { member, readiness: 'ready', settings, process: undefined };
    const host = { clock: systemClock, log, relay, given: new TakenConfig(), goBy: async () => [] };
    this.link = new HouseLink(house, host as unknown as HouseLinkHost);
  }

  get players(): number {
    return this.#players.size;
  }

  /** @returns the player's id; undefined where there is no room */
  join(address: string, stream: string): string | undefined {
    if (this.#players.size >= this.#places) return undefined;
    const id = `${++this.#count}`;
    const who = { uid: null, identity: null, address, protocol: 'http-flv', stream };
    const player: PlayerReport = { id, ...who, since: Date.now() };
    this.#players.set(id, player);
    this.#joined.push(player);
    return id;
  }

  leave(id: string): void {
    if (this.#players.delete(id)) this.#left.push({ id, bytes: 1e6, seconds: 60, reason: 'gone' });
  }

  #report(isWhole: boolean): MemberReport {
    const byStream = Map.groupBy(this.#players.values(), ({ stream }) => stream);
    const streams = [...byStream].map(
      ([key, { length: players }]): MemberStream => ({
        ...{ key, state: 'live', players, receivedBitsPerSecond: PLAYER_BITS, keyframeAgeSeconds: 1 },
        ...{ source: 'pull', isCopy: false },
      }),
    );
    const [joined, left] = [isWhole ? [...this.#players.values()] : this.#joined, this.#left];
    this.#joined = [];
    this.#left = [];
    const { size: players } = this.#players;
    const bits = {
      sentBitsPerSecond: players * PLAYER_BITS,
      receivedBitsPerSecond: streams.length * PLAYER_BITS,
    };
    return { players, publishers: 0, ...bits, streams, isWhole, joined, left };
  }
}

/** Goes by whatever it is given, and keeps nothing of it. */
class TakenConfig implements Pick<GivenConfig, 'revision' | 'tried' | 'bans' | 'give' | 'ban'> {
  revision: string | null = null;
  readonly bans = [];

  get tried(): Telemetry['config'] {
    return { revision: this.revision, problem: null };
  }

  async give({ revision }: { readonly revision: string }): Promise<void> {
    this.revision = revision;
  }

  async ban(): Promise<void> {}
}
