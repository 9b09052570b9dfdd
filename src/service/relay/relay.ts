import { randomBytes } from 'node:crypto';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, StreamSettings } from '../../config/stream-settings.ts';
import type { Log } from '../../log.ts';
import { expandUrl } from '../../media-url.ts';
import { type MetricSnapshot, Metrics } from '../../metrics.ts';
import { HttpOrigins } from '../../session/http/http-origins.ts';
import { type StreamFormat, StreamFormats } from '../../session/stream-format.ts';
import type { ClientTrust } from '../../session/upstream/client-tls.ts';
import { ServerConnector } from '../../session/upstream/server-connector.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import { StreamRegistry } from '../../stream/stream-registry.ts';
import { type ActivityFilter, revokeActivities, sweepAccess } from '../access/access-sweep.ts';
import { PullLedger } from '../access/pull-ledger.ts';
import type { RelayControl } from '../admin/relay-control.ts';
import type { ForwardStatus, PullStatus } from '../admin/relay-status.ts';
import { Followers } from '../followers.ts';
import { Door } from '../listen/door.ts';
import { announce, type Listener } from '../listen/listener.ts';
import { sessionsAllowedByOpenFiles } from '../listen/open-files.ts';
import { SessionTable } from '../listen/session-table.ts';
import { relayFormats } from './formats.ts';
import { Forwards } from './forwarding/forwards.ts';
import { Listeners } from './listeners.ts';
import { Pages } from './pages/pages.ts';
import type { MayOpen } from './permission.ts';
import { openUpstream } from './pulling/open-upstream.ts';
import { Pulls } from './pulling/pulls.ts';
import { RelayGate } from './relay-gate.ts';
import { RelaySamples } from './relay-samples.ts';
import { RelayStreams } from './relay-streams.ts';
import type { RelayTeam } from './relay-team.ts';
import { LocalPlaces } from './stream-places.ts';
import { readTrust, renewTrust } from './trust.ts';

/** Sessions get this long to take their leave when the relay stops, milliseconds. */
const FAREWELL_MS = 1000;

/** One running relay: everything is made and wired here. */
export class Relay implements RelayControl {
  readonly #settings: RelaySettings;
  /** As they are configured now. */
  #streams: readonly StreamSettings[];
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #registry: StreamRegistry;
  /** Made anew at each start: loops are found by it, whatever names and addresses say. */
  readonly #id: string;
  readonly #team: RelayTeam | undefined;
  readonly #gate: RelayGate;
  readonly #pulls: Pulls;
  readonly #places: LocalPlaces;
  readonly #forwards: Forwards;
  readonly #table: SessionTable;
  readonly #metrics: Metrics;
  readonly #listeners: Listeners;
  readonly #door: Door;
  readonly #origins: HttpOrigins;
  readonly #connector: ServerConnector;
  readonly #pages: Pages;
  readonly #stopSweeping: () => void;
  #trust: ClientTrust;

  private constructor(
    settings: RelaySettings,
    log: Log,
    clock: Clock,
    team: RelayTeam | undefined,
    formats: readonly StreamFormat[],
  ) {
    this.#trust = readTrust(settings.tls); // may throw: nothing runs yet
    this.#settings = settings;
    this.#streams = settings.streams;
    this.#team = team;
    this.#id = team?.relayId ?? randomBytes(9).toString('base64url');
    this.#log = log;
    this.#clock = clock;
    const followers = new Followers(log);
    const { cache, fanOut, play, publish, limits } = settings;
    this.#registry = new StreamRegistry(
      clock,
      { cache, fanOut, maxDelayMs: fanOut.maxDelayMs, waitMs: play.waitMs, ...publish },
      {
        onFlush: (delayMs) => this.#metrics.onFlush(delayMs / 1000),
        onLive: (stream) => followers.onLive(stream),
        onEnd: (stream) => followers.onEnd(stream),
      },
    );
    const registry = this.#registry;
    const chunkLimits = {
      messageBytes: limits.messageBytes,
      partialBytes: limits.partialBytesPerSession,
      chunkStreams: limits.chunkStreamsPerSession,
    };
    this.#connector = new ServerConnector(clock, { proxy: settings.proxy, trust: this.#trust });
    const { connect } = this.#connector;
    const mayOpen: MayOpen = (wish, signal) => this.#gate.mayOpen(wish, signal);
    const shared = { clock, log, relayId: this.#id, limits: chunkLimits, connect, followers, mayOpen };
    const slots = team?.pullSlots ?? new PullLedger(limits, clock);
    this.#pulls = new Pulls(
      registry,
      {
        ...shared,
        attach: (key, source) => {
          slots.note(key, 'flowing');
          return registry.attach(key, source);
        },
        relaysWaiting: (key) => registry.get(key)?.relaysWaiting ?? [],
        open: (url, waiting, events) =>
          openUpstream({ url, waiting, limits: chunkLimits, connector: this.#connector }, events),
      },
      slots,
    );
    this.#places = new LocalPlaces(registry, this.#pulls);
    const places = team?.places(this) ?? this.#places;
    this.#gate = new RelayGate({ relayId: this.#id, places, slots, log }, settings);
    const streams = new RelayStreams({
      relayId: this.#id,
      registry,
      places,
      pullOf: (key) => this.pullOf(key),
      lateJoin: () => this.#gate.lateJoin,
      liveStreams: () => this.liveStreams(),
    });
    this.#forwards = new Forwards(shared, (key) =>
      this.#gate.forwardsOf(key).map((url) => expandUrl(url, key)),
    );
    this.#table = new SessionTable(limits, limits.sessions ?? sessionsAllowedByOpenFiles());
    this.#stopSweeping = sweepAccess(clock, () => this.#table.sessions());
    this.#metrics = new Metrics(
      new RelaySamples(registry, this.#pulls, this.#table),
      limits.streamLabels,
      team === undefined,
    );
    const table = this.#table;
    followers.add({
      onAccepted: (session) => table.settle(session),
      onClosed: (session) => table.remove(session),
    });
    followers.add(this.#metrics);
    followers.add(this.#forwards);
    if (team !== undefined) followers.add(team);
    const { deadlines } = settings;
    this.#door = new Door({
      clock,
      log,
      gate: this.#gate,
      streams,
      events: followers,
      deadlines,
      table: this.#table,
      admissions: team,
    });
    this.#origins = new HttpOrigins(settings.http);
    const pageSource = {
      name: settings.name,
      gate: this.#gate,
      liveStreams: () => this.liveStreams(),
    };
    this.#pages = new Pages(pageSource, settings.http);
    this.#listeners = new Listeners({
      clock,
      log,
      door: this.#door,
      chunkLimits,
      site: {
        origins: this.#origins,
        formats: new StreamFormats(formats),
        closeTimeoutMs: deadlines.idleMs,
        pages: (request, response) => this.#pages.answer(request, response),
      },
      relay: this,
    });
  }

  /**
   * Starts a relay; it listens when the promise resolves.
   * @param formats - in which streams come and go over HTTP and WebSocket
   * @throws ListenError when a port cannot be had, CertificateError when a certificate cannot be used
   */
  static async start(
    settings: RelaySettings,
    log: Log,
    clock: Clock = systemClock,
    team?: RelayTeam,
    formats: readonly StreamFormat[] = relayFormats(settings.limits.messageBytes),
  ): Promise<Relay> {
    const relay = new Relay(settings, log, clock, team, formats);
    try {
      await relay.#open();
    } catch (error) {
      relay.#closeNow();
      throw error;
    }
    return relay;
  }

  get listeners(): readonly Listener[] {
    return this.#listeners.all;
  }

  get isReady(): boolean {
    return !this.#gate.isDraining;
  }

  async metrics(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#metrics.contentType, text: await this.#metrics.text() };
  }

  /** Those of this thread. */
  async upstreams(): Promise<readonly PullStatus[]> {
    return [...this.#pulls].map((pull) => pull.status());
  }

  /** Those of this thread. */
  async forwards(): Promise<readonly ForwardStatus[]> {
    return [...this.#forwards.statuses()];
  }

  async liveStreams(): Promise<readonly string[]> {
    if (this.#team !== undefined) return this.#team.liveStreams();
    return [...this.#registry.streams()].filter(({ state }) => state === 'live').map(({ key }) => key);
  }

  configure(settings: RelaySettings): void {
    this.#gate.configure(settings);
    this.#origins.configure(settings.http);
    this.#trust = renewTrust(settings.tls, this.#trust, this.#log);
    this.#connector.configure({ proxy: settings.proxy, trust: this.#trust });
    this.#listeners.configure(settings.listen);
    this.#pages.configure(settings.http);
    this.#streams = settings.streams;
    this.keepWanted();
    this.#log.info('configured', 'configuration read again');
  }

  revoke(filter: ActivityFilter, reason: string): void {
    revokeActivities(this.#table.sessions(), filter, reason);
  }

  async drain(): Promise<void> {
    await this.windDown();
    await this.close();
  }

  /** Lets nobody new in; resolves when everybody has left, or at the drain timeout. Streams go on. */
  async windDown(): Promise<void> {
    this.#gate.isDraining = true;
    this.#log.info('draining', `stopping: ${this.#table.size} sessions`, { sessions: this.#table.size });
    this.#listeners.closePublic();
    const { timeoutMs, reconnectUrl } = this.#settings.drain;
    for (const session of [...this.#table.sessions()]) session.askToReconnect(reconnectUrl);
    await this.#table.emptied(this.#clock, timeoutMs);
  }

  async close(): Promise<void> {
    this.#gate.isDraining = true;
    this.#closeStreams();
    for (const session of [...this.#table.sessions()]) session.dismiss('the relay stops');
    await this.#table.emptied(this.#clock, FAREWELL_MS);
    this.#closeNow();
  }

  // --- what the other workers need

  /** The streams that this thread keeps. */
  get registry(): StreamRegistry {
    return this.#registry;
  }

  /** Places of the streams that this thread keeps. */
  get places(): LocalPlaces {
    return this.#places;
  }

  /** How the stream of a key is pulled, if it is. */
  pullOf(key: string): PullSource | undefined {
    return this.#gate.pullOf(key);
  }

  /** The metrics of this thread. */
  snapshot(): Promise<MetricSnapshot> {
    return this.#metrics.snapshot();
  }

  /** Keeps the streams going that are always wanted: one thread of several those that it is home to. */
  keepWanted(): void {
    const team = this.#team;
    const isOurs = ({ match }: StreamSettings): boolean => team?.keeps(match) ?? true;
    this.#pulls.configure(this.#streams.filter(isOurs));
  }

  async #open(): Promise<void> {
    await this.#listeners.open(this.#settings.listen);
    this.keepWanted();
    if (this.#team === undefined) announce(this.#listeners.all, this.#log); // else the main thread does
  }

  #closeStreams(): void {
    this.#registry.close();
    this.#pulls.close();
  }

  #closeNow(): void {
    this.#stopSweeping();
    this.#closeStreams();
    for (const session of [...this.#table.sessions()]) session.destroy();
    this.#listeners.close();
  }
}
