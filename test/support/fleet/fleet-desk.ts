import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { AdminRole } from '../../../src/config/admin/admin-settings.ts';
import { houseSettings } from '../../../src/config/house/house-settings.ts';
import type { RosterEntry } from '../../../src/config/house/roster-settings.ts';
import { FailureLedger } from '../../../src/service/access/credentials/failed-attempts.ts';
import type { OperatorRequest } from '../../../src/service/access/operating/operators.ts';
import { createAdminServer } from '../../../src/service/admin/admin.ts';
import { makeApp } from '../../../src/service/admin/api/app.ts';
import type { Operation } from '../../../src/service/admin/api/operation.ts';
import { Reloads } from '../../../src/service/admin/reloads.ts';
import type { Acknowledgement } from '../../../src/service/fleet-link/relay-message.ts';
import { type FleetControl, fleetControl } from '../../../src/service/house/api/fleet-control.ts';
import { operations } from '../../../src/service/house/api/operations.ts';
import { FleetChooser } from '../../../src/service/house/choosing/fleet-chooser.ts';
import type { RolloutStatus } from '../../../src/service/house/directing/rollout.ts';
import { houseFeed } from '../../../src/service/house/events/house-feed.ts';
import type { HouseControl } from '../../../src/service/house/house-control.ts';
import { LinkError, type Order, type RelayLinks } from '../../../src/service/house/links/relay-links.ts';
import { configState } from '../../../src/service/house/overview/config-state.ts';
import type { RelayRoute } from '../../../src/service/house/routes/relay-route.ts';
import { serviceStatus } from '../../../src/service/serving/service-status.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeFleet, FakeRoster, seeded } from '../fleet-scene.ts';
import { RecordingLog } from '../recording-log.ts';
import { type MemoryStore, MemoryStores } from './memory-stores.ts';

/** Links that note what relays are told. */
export class FakeLinks implements RelayLinks {
  readonly orders: { readonly relay: string; readonly order: Order }[] = [];
  here: string[] = [];
  /** What a relay answers to everything. */
  answer: (relay: string) => Partial<Acknowledgement> = () => ({});

  async order(relay: string, order: Order): Promise<Acknowledgement> {
    if (!this.here.includes(relay)) throw new LinkError(`relay ${relay} is not linked`);
    this.orders.push({ relay, order });
    return { type: 'ack', id: '1', problem: null, ...this.answer(relay) };
  }
}

/** The fleet of a test, the office of its operators, and the API that they ask. */
export class FleetDesk {
  readonly clock: FakeClock = new FakeClock(1_000_000);
  readonly log: RecordingLog = new RecordingLog();
  readonly roster: FakeRoster;
  readonly fleet: FakeFleet;
  readonly store: MemoryStore = new MemoryStores().open('here');
  readonly links: FakeLinks = new FakeLinks();
  readonly failures: FailureLedger;
  readonly control: FleetControl;
  routes: readonly RelayRoute[] = [];
  /** Why nobody may; undefined: everybody may. */
  objection: string | undefined;
  rollout: RolloutStatus = { at: 'settled' };
  /** Who operates has to show this; undefined: nobody has to show anything. */
  token: string | undefined;
  /** The house's time, milliseconds since 1970. */
  wallMs: number = Date.parse('2026-03-01T18:00:00Z');
  #app: Promise<FastifyInstance> | undefined;

  constructor(entries: readonly RosterEntry[]) {
    this.roster = new FakeRoster(entries);
    this.fleet = new FakeFleet(this.clock);
    this.store.onDecisions(({ draining }) => {
      for (const id of this.roster.entries.keys())
        if (this.roster.isDraining(id) !== draining.includes(id))
          this.roster.drain(id, draining.includes(id));
    });
    const { clock, roster, fleet, store, links } = this;
    const attempts = { attempts: 3, withinMs: 60_000, blockMs: 60_000, delayMs: 0 };
    this.failures = new FailureLedger(attempts, clock, () => {});
    const wallMs = (): number => this.wallMs;
    const settings = { offlineAfterMs: 10_000, stickyMs: 60_000, reserveMs: 10_000, defaultRelay: null };
    const chooser = new FleetChooser(settings, { roster, fleet, store, clock, random: seeded(1), wallMs });
    this.control = fleetControl({
      roster,
      fleet,
      store,
      links,
      chooser,
      clock,
      failures: this.failures,
      brought: { kick: () => 0 },
      wallMs,
    });
  }

  /** As the house that the API knows. */
  house(): HouseControl {
    const { control, clock, log } = this;
    const settings = houseSettings.parse({ adminTokenFile: '/run/secrets/token' });
    const reloads = new Reloads();
    const operator = { by: 'token', identity: 'alice', address: '127.0.0.1' } as const;
    const status = (): ReturnType<HouseControl['status']> => ({
      ...serviceStatus({
        ...{
          id: 'h1',
          settings,
          logLevel: 'info',
          readiness: 'ready',
          listeners: [],
          adminSocket: undefined,
        },
        reloads,
      }),
      fleet: control.overview.totals(),
      links: this.links.here.length,
      config: configState(this.rollout),
      store: { type: 'file', isThere: true },
    });
    return {
      ...{ ...control, settings, reloads, status, process: undefined, listeners: [], readiness: 'ready' },
      events: houseFeed({ ...control, clock, log, rollout: { follow: () => () => {} } }),
      resolveFor: ({ stream }) => ({ relay: 'paris', url: `ws://paris/${stream}`, expiresInMs: 1 }),
      objectionTo: async () => this.objection,
      routes: { all: () => this.routes },
      keyring: { pair: { id: 'k1' }, renew: async () => {} } as never,
      operators: {
        credentialIn: () => undefined,
        judge: async ({ credentials: { token } }: OperatorRequest, role: AdminRole) => {
          const isKnown = this.token === undefined || token === this.token || role === 'read';
          return isKnown ? operator : { challenges: ['Bearer'], description: 'this needs a token' };
        },
      } as never,
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      configure: async () => [],
      drain: async () => 0,
      close: async () => {},
    };
  }

  /** Serves the API and the page. */
  async serve(): Promise<AsyncDisposable & { readonly url: string }> {
    const server = createAdminServer({
      ...{ service: this.house(), log: this.log, names: [] },
      operations: async () => operations,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  /** Asks the API. @param what - method and path below `/api/v1/` @returns status and JSON; undefined where there is no body */
  async ask(what: string, body?: object): Promise<[status: number, json: unknown]> {
    this.#app ??= makeApp({
      ...{ log: this.log, names: [], service: this.house() },
      operations: operations as readonly Operation<HouseControl>[],
    });
    const [method = '', path = ''] = what.split(' ');
    const answer = await (await this.#app).inject({
      ...{ method: method as 'GET', url: `/api/v1/${path}`, headers: { host: '127.0.0.1' } },
      ...(body === undefined ? {} : { payload: body }),
    });
    return [answer.statusCode, answer.body === '' ? undefined : JSON.parse(answer.body)];
  }
}
