import { randomUUID } from 'node:crypto';
import { socketSurroundings } from '../../config/admin/admin-socket.ts';
import type { HouseSettings } from '../../config/house/house-settings.ts';
import type { Log } from '../../log.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import type { Operators } from '../access/operating/operators.ts';
import type { LineWriter } from '../access-log/access-log.ts';
import type { DrainWish, ProcessControl } from '../admin/process-control.ts';
import type { Readiness } from '../admin/relay-status.ts';
import type { Reloads } from '../admin/reloads.ts';
import type { Listener } from '../listen/listener.ts';
import { findAccount } from '../privileges/account.ts';
import { giveFolder } from '../privileges/file-rights.ts';
import { dropPrivileges, hasToBecome } from '../privileges/privilege-drop.ts';
import { beginDrain } from '../serving/drain.ts';
import { serviceStatus } from '../serving/service-status.ts';
import type { PermitKeyring } from './access/permit-keyring.ts';
import { houseOperations } from './api/house-operations.ts';
import type { Chooser } from './choosing/choice.ts';
import { takeOverHouse } from './configuring/house-reload-table.ts';
import type { FleetDecisions } from './deciding/fleet-decisions.ts';
import type { FleetKick } from './deciding/fleet-kick.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { HouseControl } from './house-control.ts';
import { type HouseParts, makeHouseParts } from './house-parts.ts';
import type { RelayLinks } from './links/relay-links.ts';
import { configState } from './overview/config-state.ts';
import type { HouseState } from './overview/house-state.ts';
import type { RelayOverview } from './overview/relay-overview.ts';
import type { Provisioning } from './provisioning/provisioning.ts';
import type { Roster } from './roster/roster.ts';
import type { Routes } from './routes/relay-route.ts';
import type { HouseStore } from './store/house-store.ts';

/** What a house has beside its settings. */
export interface HouseExtras {
  /** Takes the lines of the access log; without it there is none. */
  readonly accessLog?: LineWriter | undefined;
  /** What ends or reloads the process, for operators. */
  readonly process?: ProcessControl | undefined;
}

/** Sessions get this long to take their leave when the house stops, milliseconds. */
const FAREWELL_MS = 1000;

/** One running house, the director of a fleet: what it is made of stands in `house-parts.ts`. */
export class House implements HouseControl {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: HouseParts;
  readonly process: ProcessControl | undefined;
  readonly #id = randomUUID();
  /** As it is configured now. */
  #settings: HouseSettings;

  private constructor(
    settings: HouseSettings,
    log: Log,
    clock: Clock,
    parts: HouseParts,
    extras: HouseExtras,
  ) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#parts = parts;
    this.process = extras.process;
  }

  /**
   * Starts a house; it listens when the promise resolves.
   * @param extras - what it has beside its settings
   * @throws ListenError when a port cannot be had, CertificateError when a certificate cannot be used
   */
  static async start(
    settings: HouseSettings,
    log: Log,
    clock: Clock = systemClock,
    extras: HouseExtras = {},
  ): Promise<House> {
    const { accessLog } = extras;
    const parts = await makeHouseParts({ settings, log, clock, accessLog, house: () => house });
    const house = new House(settings, log, clock, parts, extras);
    const { listeners } = parts;
    try {
      const isRoot = settings.user !== null;
      if (isRoot) listeners.hold(); // nothing that a peer can bring about happens as root
      const { socket } = settings.admin;
      const served = {
        service: house,
        operations: houseOperations,
        surroundings: socketSurroundings('house'),
      };
      await listeners.open(settings.listen, { ...served, socket });
      const account = isRoot ? findAccount(settings) : undefined;
      if (account !== undefined && hasToBecome(account)) giveFolder(parts.folder.path, account);
      if (isRoot) dropPrivileges(settings, log, listeners.adminSocket);
      listeners.begin();
    } catch (error) {
      await house.#end();
      throw error;
    }
    listeners.announce();
    return house;
  }

  get listeners(): readonly Listener[] {
    return this.#parts.listeners.all;
  }

  get readiness(): Readiness {
    const { gate, table } = this.#parts;
    if (gate.isDraining) return 'draining';
    return table.hasRoom ? 'ready' : 'full';
  }

  async metrics(): Promise<{ readonly contentType: string; readonly text: string }> {
    const { metrics } = this.#parts;
    return { contentType: metrics.contentType, text: await metrics.text() };
  }

  get settings(): HouseSettings {
    return this.#settings;
  }

  get operators(): Operators {
    return this.#parts.operators;
  }

  get reloads(): Reloads {
    return this.#parts.reloads;
  }

  get events(): HouseControl['events'] {
    return this.#parts.events;
  }

  status(): HouseState {
    const { overview, director, store, links, listeners } = this.#parts;
    const { settings, readiness, reloads } = this;
    const service = { id: this.#id, settings, readiness, reloads, adminSocket: listeners.adminSocket };
    return {
      ...serviceStatus({ ...service, logLevel: settings.log.level, listeners: this.listeners }),
      fleet: overview.totals(),
      links: [...links.here].length,
      config: configState(director.status),
      store: { type: settings.store.type, isThere: store.isThere },
    };
  }

  resolveFor: HouseControl['resolveFor'] = (user) => this.#parts.sending.resolveFor(user);

  objectionTo: HouseControl['objectionTo'] = (seeking) => this.#parts.sending.objectionTo(seeking);

  get roster(): Roster {
    return this.#parts.roster;
  }

  get store(): HouseStore {
    return this.#parts.store;
  }

  get fleet(): Fleet {
    return this.#parts.fleet;
  }

  get links(): RelayLinks {
    return this.#parts.links;
  }

  get chooser(): Chooser {
    return this.#parts.chooser;
  }

  get keyring(): PermitKeyring {
    return this.#parts.keyring;
  }

  get routes(): Routes {
    return this.#parts.routes;
  }

  get overview(): RelayOverview {
    return this.#parts.overview;
  }

  get decisions(): FleetDecisions {
    return this.#parts.decisions;
  }

  get kick(): FleetKick {
    return this.#parts.kick;
  }

  get provisioning(): Provisioning {
    return this.#parts.provisioning;
  }

  async configure(wanted: HouseSettings): Promise<readonly string[]> {
    const { gate, configure } = this.#parts;
    if (gate.isDraining) throw new Error('the house is about to stop');
    const { settings, waiting } = takeOverHouse(this.#settings, wanted);
    try {
      configure(settings);
    } catch (error) {
      configure(this.#settings);
      throw error;
    }
    this.#settings = settings;
    await this.#parts.roster.reread(settings.rosterFile);
    return waiting;
  }

  async drain(wish: DrainWish = {}): Promise<number> {
    const { table, fleet } = this.#parts;
    fleet.rest();
    const { timeoutMs, reconnectUrl } = this.#settings.drain;
    const drained = { ...this.#parts, clock: this.#clock, log: this.#log };
    const until = beginDrain(drained, {
      timeoutMs: wish.timeoutMs ?? timeoutMs,
      reconnectUrl: wish.reconnectUrl === undefined ? reconnectUrl : wish.reconnectUrl,
    });
    await table.emptied(this.#clock, until - this.#clock.now());
    const { size: left } = table;
    await this.close();
    return left;
  }

  async close(): Promise<void> {
    const { gate, table } = this.#parts;
    gate.isDraining = true;
    for (const session of [...table.sessions()]) session.dismiss('the house is shutting down');
    await table.emptied(this.#clock, FAREWELL_MS);
    await this.#end();
  }

  async #end(): Promise<void> {
    const { table, closing } = this.#parts;
    for (const session of [...table.sessions()]) session.destroy();
    await closing.disposeAsync();
    await table.emptied(this.#clock, FAREWELL_MS); // whoever was cut now has gone in a moment
  }
}
