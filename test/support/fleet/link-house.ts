import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RosterEntry } from '../../../src/config/house/roster-settings.ts';
import { certificateOf } from '../../../src/credentials/client-certificate.ts';
import { FailureLedger } from '../../../src/service/access/credentials/failed-attempts.ts';
import { LINK_PATH } from '../../../src/service/fleet-link/link-limits.ts';
import type { FleetEvent } from '../../../src/service/house/fleet/fleet.ts';
import { LiveFleet } from '../../../src/service/house/fleet/live-fleet.ts';
import { HouseLinks } from '../../../src/service/house/links/house-links.ts';
import { LinkEntrance } from '../../../src/service/house/links/link-entrance.ts';
import { FakeClock } from '../fake-clock.ts';
import { RecordingLog } from '../recording-log.ts';
import { LinkClient, type LinkClientWish } from './link-client.ts';
import { type MemoryStore, MemoryStores } from './memory-stores.ts';
import { TestRoster } from './test-roster.ts';

/** When the clock of a house began, milliseconds since 1970. */
const START = 1_700_000_000_000;

/** What a test wants of its house. */
export interface LinkHouseWish {
  readonly name?: string;
  readonly stores?: MemoryStores;
  readonly roster?: TestRoster;
  readonly tls?: ServerOptions;
  readonly mayBePlain?: boolean;
}

/** The links of a house and what it knows of its fleet, on a bare HTTP server; time passes when the test says so. */
export class LinkHouse implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock(1_000_000);
  readonly log: RecordingLog = new RecordingLog();
  readonly roster: TestRoster;
  readonly store: MemoryStore;
  readonly fleet: LiveFleet;
  readonly links: HouseLinks;
  readonly entrance: LinkEntrance;
  readonly failures: FailureLedger;
  readonly events: FleetEvent[] = [];
  readonly #server: Server;
  readonly #isTls: boolean;
  readonly #waiting = new Set<() => void>();

  private constructor(wish: LinkHouseWish) {
    const { name = 'house', stores = new MemoryStores(), tls, mayBePlain = true } = wish;
    const { clock, log } = this;
    this.roster = wish.roster ?? new TestRoster();
    this.store = stores.open(name);
    const settings = { name, telemetryIntervalMs: 2000, offlineAfterMs: 10_000 };
    const wallTime = (): number => START + clock.now();
    const parts = { settings, roster: this.roster, store: this.store, clock, log, wallTime };
    this.fleet = new LiveFleet(parts);
    this.fleet.follow((event) => {
      this.events.push(event);
      for (const wake of [...this.#waiting]) wake();
    });
    this.links = new HouseLinks({ ...parts, fleet: this.fleet });
    const failureSettings = { delayMs: 1000, attempts: 5, withinMs: 60_000, blockMs: 60_000 };
    this.failures = new FailureLedger(failureSettings, clock, () => {});
    const gate = { failures: this.failures, failureSettings, mayBePlain: () => mayBePlain };
    this.entrance = new LinkEntrance({ ...parts, ...gate, links: this.links });
    this.#isTls = tls !== undefined;
    this.#server = tls === undefined ? createServer() : createSecureServer(tls);
    this.#server.on('upgrade', (request, socket, head) => {
      const peer = {
        address: '127.0.0.1',
        isTls: this.#isTls,
        certificateNames: certificateOf(request.socket)?.names ?? [],
      };
      if (request.url === LINK_PATH) this.entrance.upgrade(request, socket, head, peer);
      else socket.destroy();
    });
  }

  static async start(entries: readonly RosterEntry[], wish: LinkHouseWish = {}): Promise<LinkHouse> {
    const house = new LinkHouse({ roster: new TestRoster(...entries), ...wish });
    await new Promise<void>((resolve) => house.#server.listen(0, '127.0.0.1', resolve));
    return house;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#isTls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  /** A relay that has said hello, and that the house has heard. */
  async link(id: string, wish: LinkClientWish = {}): Promise<LinkClient> {
    const count = this.log.find('link', { id, reason: 'linked' }).length + 1;
    const client = await LinkClient.open(this.url, id, wish);
    await this.log.waitFor('link', { id, reason: 'linked' }, { count });
    return client;
  }

  /** Resolves with the `count`-th event of a kind. */
  async event<W extends FleetEvent['what']>(what: W, count = 1): Promise<FleetEvent & { what: W }> {
    for (;;) {
      const found = this.events.filter((event) => event.what === what)[count - 1];
      if (found !== undefined) return found as FleetEvent & { what: W };
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.links.close();
    this.fleet.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
