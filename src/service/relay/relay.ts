import type { RelaySettings } from '../../config/relay-settings.ts';
import type { StreamSettings } from '../../config/stream-settings.ts';
import type { Log } from '../../log.ts';
import { flattened, type MetricFamily } from '../../metrics/metric-family.ts';
import type { MetricSnapshot } from '../../metrics/metric-snapshot.ts';
import type { Extent } from '../../metrics/metrics.ts';
import type { StoreLink } from '../../recording/link/store-link.ts';
import type { Refusal } from '../../session/access.ts';
import type { CallHandlers } from '../../session/calls/call-handlers.ts';
import type { RecordingSource } from '../../session/recorded/recording-source.ts';
import type { StreamFormat } from '../../session/stream-format.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import { revokeForbidden } from '../access/access-sweep.ts';
import type { Operators } from '../access/operating/operators.ts';
import type { LineWriter } from '../access-log/access-log.ts';
import type { ReplacedSocket } from '../admin/admin-socket.ts';
import { relayOperations } from '../admin/api/relay-operations.ts';
import { EventNews } from '../admin/events/event-news.ts';
import { type RelayEvent, relayNews } from '../admin/events/relay-event.ts';
import { relayFeed } from '../admin/events/relay-feed.ts';
import type { DrainWish, ProcessControl } from '../admin/process-control.ts';
import type { RelayControl } from '../admin/relay-control.ts';
import type { Readiness, RelayStatus, StreamExplanation } from '../admin/relay-status.ts';
import type { Reloads } from '../admin/reloads.ts';
import type { Follower } from '../followers.ts';
import type { FunctionHook } from '../hooks/functions/function-hooks.ts';
import type { Listener, PortSharing } from '../listen/listener.ts';
import { dropPrivileges } from '../privileges/privilege-drop.ts';
import { openPlayback } from '../recording/playback/open-playback.ts';
import { beginDrain, logDraining } from '../serving/drain.ts';
import { certificatesOf } from '../serving/service-status.ts';
import type { Changes } from './changing/changes.ts';
import { changesOfThread, OneThread } from './changing/one-thread.ts';
import { RelayRecordings } from './changing/relay-recordings.ts';
import { areProofsAlike, type Configurer } from './configuring/proofs-alike.ts';
import { takeOver } from './configuring/reload-table.ts';
import { explain } from './explaining/explain.ts';
import { inviteRelays } from './handover/invite-relays.ts';
import { sharedListen } from './handover/shared-listen.ts';
import { HousePort } from './house/house-port.ts';
import { makeRelayParts, type RelayParts, type RelayWish } from './relay-parts.ts';
import { ThreadLists } from './status/thread-lists.ts';
import { relayStatus, type ThreadStatus } from './status/thread-status.ts';
import type { RelayThread, ThreadLink } from './thread-link.ts';

/** What a relay has beside its settings. */
export interface RelayExtras {
  /** The other threads; without it the relay is one. */
  readonly link?: ThreadLink;
  /** In which streams come and go over HTTP and WebSocket; without it those of any relay. */
  readonly formats?: readonly StreamFormat[] | undefined;
  /** Who else may have its ports; without it nobody. */
  readonly sharing?: PortSharing;
  /** What answers the calls of clients before any hook does; without it only hooks do. */
  readonly calls?: CallHandlers | undefined;
  /** Takes the lines of the access log; without it there is none. */
  readonly accessLog?: LineWriter | undefined;
  /** The admin socket of the relay whose place it takes; without it nobody's. */
  readonly replaces?: ReplacedSocket | undefined;
  /** Its ports are a successor's: it is to drain. */
  readonly onHandedOver?: (() => void) | undefined;
  /** What ends or reloads the process, for operators. */
  readonly process?: ProcessControl | undefined;
  /** Hooks that are functions of the program that it is a part of. */
  readonly functions?: readonly FunctionHook[] | undefined;
  /** Who else hears of what happens. */
  readonly followers?: readonly Follower[] | undefined;
  /** The recordings that it plays; without it those of its store. */
  readonly recordings?: RecordingSource | undefined;
}

/** Sessions get this long to take their leave when the relay stops, and hooks to be told of it at the least, milliseconds. */
const FAREWELL_MS = 1000;

/** One running relay, or one thread of it: what it is made of stands in `relay-parts.ts`. */
export class Relay extends ThreadLists implements RelayControl {
  readonly #wish: RelayWish;
  readonly #parts: RelayParts;
  readonly events: RelayControl['events'];
  /** As it is configured now. */
  #settings: RelaySettings;
  /** When the time to drain is over, milliseconds of the clock. */
  #drainEndsAt = 0;
  #isHandedOver = false;
  readonly changes: Changes;
  readonly recordings: RelayRecordings;
  /** What operators change in this thread. */
  readonly changed: OneThread;
  #onHandedOver: RelayExtras['onHandedOver'];

  private constructor(wish: RelayWish, parts: RelayParts) {
    super(parts, wish.link !== undefined);
    this.#wish = wish;
    this.#parts = parts;
    this.#settings = wish.settings;
    const { clock, log } = wish;
    const follow = (): (() => void) => this.follow((event) => this.events.tell(event));
    this.events = relayFeed(this, { clock, log, follow });
    this.changed = new OneThread({ ...parts, log, relay: this });
    const { recording } = parts;
    this.recordings = new RelayRecordings({
      get isOpen() {
        return recording.isOpen;
      },
      get link() {
        return recording.link;
      },
      start: async (...asked) => [recording.start(...asked)],
      stop: async (key) => [recording.stop(key)],
    });
    this.changes = changesOfThread({ ...parts, clock, relay: this, threads: this.changed });
  }

  /**
   * Starts a relay; it listens when the promise resolves.
   * @param more - what it has beside its settings: those of any relay that is one thread without it
   * @throws ListenError when a port cannot be had, CertificateError when a certificate cannot be used
   */
  static async start(
    settings: RelaySettings,
    log: Log,
    clock: Clock = systemClock,
    more: RelayExtras = {},
  ): Promise<Relay> {
    const {
      link,
      formats,
      accessLog,
      calls,
      process,
      functions = [],
      followers = [],
      recordings,
      sharing = 'none',
    } = more;
    const house = link === undefined ? new HousePort() : undefined;
    const running = (await house?.open(settings, log)) ?? settings;
    const store = (): StoreLink | undefined => relay.recording.link;
    const playback = await openPlayback(running, clock, store, recordings);
    const own = { playback, formats, accessLog, calls, process, functions, followers };
    const wish = { settings: running, log, clock, link, house, ...own };
    const relay = new Relay(wish, makeRelayParts(wish));
    relay.#onHandedOver = more.onHandedOver;
    const { listeners, snmp } = relay.#parts;
    try {
      const isRoot = link === undefined && settings.user !== null;
      if (isRoot) listeners.hold(); // nothing that a peer can bring about happens as root
      const served = { service: relay, operations: relayOperations, replaces: more.replaces };
      const listen = sharing === 'none' ? settings.listen : sharedListen(settings.listen, sharing);
      await listeners.open(listen, { ...served, socket: link === undefined ? settings.admin.socket : null });
      if (link === undefined)
        await snmp.open(settings.snmp, { clock, log, service: relay }, sharing !== 'none');
      if (isRoot) dropPrivileges(settings, log, listeners.adminSocket);
      await relay.recording.open(running.recordings, link); // not as root
      listeners.begin();
      relay.keepWanted();
      await house?.join({ clock, log, relay, goBy: (wanted) => relay.#goBy(wanted, 'house') });
    } catch (error) {
      relay.#closeNow();
      await relay.recording.close();
      throw error;
    }
    if (link === undefined) relay.#parts.listeners.announce(); // else the main thread does
    return relay;
  }

  get listeners(): readonly Listener[] {
    return this.#parts.listeners.all;
  }

  get readiness(): Readiness {
    const { gate, table } = this.#parts;
    if (gate.isDraining || gate.welcomes === 'relays' || this.#isHandedOver) return 'draining';
    return table.hasRoom ? 'ready' : 'full';
  }

  async metrics(): Promise<{ readonly contentType: string; readonly text: string }> {
    const { metrics } = this.#parts;
    return { contentType: metrics.contentType, text: await metrics.text() };
  }

  async figures(): Promise<readonly MetricFamily[]> {
    const { families, ofStreams } = await this.#parts.metrics.snapshot();
    return [...families, ...ofStreams.map(flattened)];
  }

  get settings(): RelaySettings {
    return this.#settings;
  }

  async status(): Promise<RelayStatus> {
    const { listeners, readiness, reloads } = this;
    const { relayId: id, table } = this.#parts;
    const { adminSocket } = this.#parts.listeners;
    const relay = { id, settings: this.#settings, readiness, reloads, maxSessions: table.limit };
    const { logLevel } = this.changes;
    const house = this.#wish.house?.status ?? null;
    return relayStatus({ ...relay, logLevel, listeners, adminSocket, house }, [await this.threadStatus()]);
  }

  async why(key: string): Promise<StreamExplanation> {
    return explain(key, [await this.factsOf(key)], {
      isDraining: this.readiness === 'draining',
      house: this.#wish.house?.status ?? null,
      usedUp: this.#parts.usedUpFor(key),
      bans: this.changes.bans().length,
      live: await this.liveStreams(),
      warnings: this.#wish.log.warnings.all,
      cacheMs: this.#settings.cache.maxDurationMs,
    });
  }

  liveStreams(): Promise<readonly string[]> {
    return this.#parts.liveStreams();
  }

  async configure(wanted: RelaySettings, by: Configurer = 'operator'): Promise<readonly string[]> {
    const { house } = this.#wish;
    return house === undefined
      ? this.#goBy(wanted, by)
      : house.configure(wanted, (all) => this.#goBy(all, by));
  }

  async #goBy(wanted: RelaySettings, by: Configurer): Promise<readonly string[]> {
    const { gate, streams, forwards, table, recheck, configure } = this.#parts;
    if (gate.isDraining) throw new Error('the relay is about to stop');
    const { settings, waiting } = takeOver(this.#settings, wanted);
    try {
      configure(settings);
    } catch (error) {
      configure(this.#settings);
      throw error;
    }
    const areAlike = areProofsAlike(this.#settings, settings, by);
    this.#settings = settings;
    this.changes.onConfigured();
    revokeForbidden(table.sessions(), gate.objections(), areAlike ? gate.streamObjections() : recheck);
    this.keepWanted();
    streams.demandPulled();
    forwards.configure();
    this.events.tell(relayNews('reloaded', waiting));
    this.events.recheck();
    return waiting;
  }

  get operators(): Operators {
    return this.#parts.operators;
  }

  get reloads(): Reloads {
    return this.#parts.reloads;
  }

  get process(): ProcessControl | undefined {
    return this.#wish.process;
  }

  async drain(wish: DrainWish = {}): Promise<number> {
    this.events.tell(relayNews('draining'));
    await this.windDown(wish);
    const { size: left } = this.#parts.table;
    await this.close();
    return left;
  }

  /** Lets nobody new in; resolves when everybody has left, or at the drain timeout. Streams go on. */
  async windDown(wish: DrainWish = {}): Promise<void> {
    const { table } = this.#parts;
    const { clock, log } = this.#wish;
    const { drain } = this.#settings;
    const { timeoutMs = drain.timeoutMs, reconnectUrl = drain.reconnectUrl } = wish;
    if (!this.#isHandedOver) {
      const drained = { ...this.#parts, clock, log };
      this.#drainEndsAt = beginDrain(drained, { timeoutMs, reconnectUrl });
    }
    await table.emptied(clock, Math.max(0, this.#drainEndsAt - clock.now()));
  }

  async handOver(path: string): Promise<readonly string[]> {
    const { gate, listeners, table } = this.#parts;
    const { clock, log, link } = this.#wish;
    const { timeoutMs } = this.#settings.drain;
    if (gate.isDraining || this.#isHandedOver) throw new Error('the relay is about to stop');
    const socket = await listeners.handOver(`${path}${link?.prefix ?? ''}`); // else it has its ports still
    this.#isHandedOver = true;
    this.#drainEndsAt = clock.now() + timeoutMs;
    this.#parts.snmp.close(); // who asks is answered by the successor
    this.#wish.house?.close(); // whose link is the successor's
    logDraining(log, table.size, timeoutMs);
    if (link === undefined) this.invite();
    this.#onHandedOver?.();
    return [socket];
  }

  /** Asks relays that play here to go to the successor, once no thread listens any more: they would come back to that one. */
  invite(): void {
    inviteRelays(this.#wish.clock, () => this.#parts.table.sessions());
  }

  inherit(sockets: readonly string[]): void {
    this.#parts.inheritance.begin(sockets);
  }

  async close(): Promise<void> {
    this.#parts.gate.isDraining = true;
    this.#closeStreams();
    for (const session of [...this.#parts.table.sessions()]) session.dismiss('the relay is shutting down');
    const { table, telling } = this.#parts;
    const { clock } = this.#wish;
    await table.emptied(clock, FAREWELL_MS);
    this.#closeNow();
    await table.emptied(clock, FAREWELL_MS); // whoever was cut now has gone in a moment
    await this.recording.close();
    await telling.finish(Math.max(FAREWELL_MS, this.#drainEndsAt - clock.now()));
  }

  // --- what the other workers need

  /** What is recorded here. */
  get recording(): RelayParts['recording'] {
    return this.#parts.recording;
  }

  /** The streams that are kept here. */
  get thread(): RelayThread {
    return this.#parts.thread;
  }

  /** A session has to make room, unless it has gone by itself. */
  evict(session: string, why: Refusal): void {
    const { table, door } = this.#parts;
    const found = table.get(session);
    if (found !== undefined) door.evict(found, why);
  }

  /** What a house asks of this thread. */
  get member(): RelayParts['member'] {
    return this.#parts.member;
  }

  /** How this thread is doing as a whole. */
  async threadStatus(): Promise<ThreadStatus> {
    const { lists, budget, listeners } = this.#parts;
    const load = { ...(await lists.load()), cacheBytes: budget.bytes };
    return { load, maxCacheBytes: budget.maxBytes, certificates: certificatesOf(listeners.all) };
  }

  /** Tells of what happens in this thread from now on. @returns ends it */
  follow(tell: (event: RelayEvent) => void): () => void {
    const { clock, link } = this.#wish;
    const news = new EventNews(clock, link?.threads ?? 1, tell);
    const leave = this.#parts.followers.add(news);
    return () => {
      leave();
      news.close();
    };
  }

  /** The metrics of this thread. */
  snapshot(extent: Extent): Promise<MetricSnapshot> {
    return this.#parts.metrics.snapshot(extent);
  }

  /** Pulls what the settings say, and what is always wanted without a player: one thread of several what it is home to. */
  keepWanted(): void {
    const { link } = this.#wish;
    const { additions, pulls, thread } = this.#parts;
    const isOurs = ({ match }: StreamSettings): boolean => link?.keeps(match) ?? true;
    pulls.configure(additions.before(this.#settings.streams).filter(isOurs), thread.pullOf);
  }

  #closeStreams(): void {
    this.#parts.thread.registry.close();
    this.#parts.pulls.close();
  }

  #closeNow(): void {
    this.#wish.house?.close();
    this.#parts.stopSweeping();
    this.#parts.hooks.close();
    this.#parts.keySets.close();
    this.#parts.inheritance.close();
    this.#parts.lists.close();
    this.#closeStreams();
    for (const session of [...this.#parts.table.sessions()]) session.destroy();
    this.events.close();
    this.#parts.listeners.close();
    this.#parts.snmp.close();
  }
}
