import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, StreamSettings } from '../../config/stream-settings.ts';
import type { Log } from '../../log.ts';
import { type MetricSnapshot, Metrics, type StreamSample, type UpstreamSample } from '../../metrics.ts';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk-reader.ts';
import { HttpOrigins } from '../../session/http-origins.ts';
import { RtmpServerSession } from '../../session/rtmp-server-session.ts';
import type { Session, SessionEvents } from '../../session/session.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import { StreamRegistry } from '../../stream/stream-registry.ts';
import { createAdminServer } from './admin.ts';
import { Door } from './door.ts';
import type { ForwardStatus } from './forward.ts';
import { Forwards } from './forwards.ts';
import { createHttpServer } from './http-listener.ts';
import { bind, endpoint, type Listener, listen } from './listener.ts';
import { sessionsAllowedByOpenFiles } from './open-files.ts';
import { expandUrl, openUpstream } from './open-upstream.ts';
import type { PullStatus } from './pull.ts';
import { Pulls } from './pulls.ts';
import { RelayGate } from './relay-gate.ts';
import type { RelayTeam } from './relay-team.ts';
import { SessionTable } from './session-table.ts';
import { LocalPlaces } from './stream-places.ts';

/** Between two looks at whether the last session has gone, milliseconds. */
const DRAIN_POLL_MS = 50;

/** One running relay: everything is made and wired here. */
export class Relay implements SessionEvents {
  readonly #settings: RelaySettings;
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
  readonly #chunkLimits: ChunkReaderLimits;
  readonly #listeners: Listener[] = [];
  readonly #door: Door;
  readonly #origins: HttpOrigins;

  private constructor(settings: RelaySettings, log: Log, clock: Clock, team: RelayTeam | undefined) {
    this.#settings = settings;
    this.#team = team;
    this.#id = team?.relayId ?? randomBytes(9).toString('base64url');
    this.#log = log;
    this.#clock = clock;
    const { cache, fanOut, play, publish, limits } = settings;
    this.#registry = new StreamRegistry(
      clock,
      { cache, fanOut, maxDelayMs: fanOut.maxDelayMs, waitMs: play.waitMs, ...publish },
      {
        onFlush: (delayMs) => this.#metrics.onFlush(delayMs / 1000),
        onLive: (stream) => this.#onLive(stream),
        onEnd: (stream) => this.#onEnd(stream),
      },
    );
    const registry = this.#registry;
    const chunkLimits = {
      messageBytes: limits.messageBytes,
      partialBytes: limits.partialBytesPerSession,
      chunkStreams: limits.chunkStreamsPerSession,
    };
    this.#chunkLimits = chunkLimits;
    const shared = { clock, log, relayId: this.#id, limits: chunkLimits };
    this.#pulls = new Pulls(
      registry,
      {
        ...shared,
        attach: (key, source) => registry.attach(key, source),
        relaysWaiting: (key) => registry.get(key)?.relaysWaiting ?? [],
        open: (url, waiting, events) => openUpstream({ url, waiting, limits: chunkLimits }, events),
      },
      limits.onDemandPulls,
    );
    this.#places = new LocalPlaces(registry, this.#pulls);
    this.#gate = new RelayGate(this.#id, registry, team?.places(this) ?? this.#places, settings);
    this.#forwards = new Forwards(shared, (key) =>
      this.#gate.forwardsOf(key).map((url) => expandUrl(url, key)),
    );
    this.#table = new SessionTable(limits, limits.sessions ?? sessionsAllowedByOpenFiles());
    this.#metrics = new Metrics(
      {
        streams: () => this.#samples(),
        sessions: () => this.#table.counts(),
        bytes: () => this.#table.bytes(),
        upstreams: () => this.#upstreamSamples(),
      },
      limits.streamLabels,
      team === undefined,
    );
    const { deadlines } = settings;
    this.#door = new Door({
      clock,
      log,
      gate: this.#gate,
      events: this,
      deadlines,
      table: this.#table,
      team,
    });
    this.#origins = new HttpOrigins(settings.http);
  }

  /** Starts a relay; it listens when the promise resolves. @throws ListenError when a port cannot be had */
  static async start(
    settings: RelaySettings,
    log: Log,
    clock: Clock = systemClock,
    team?: RelayTeam,
  ): Promise<Relay> {
    const relay = new Relay(settings, log, clock, team);
    try {
      await relay.#open();
    } catch (error) {
      relay.#closeNow();
      throw error;
    }
    return relay;
  }

  /** The listeners that are open, with the ports that they got. */
  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  /** Takes new settings over as far as that touches nothing that runs: access and streams. */
  configure(settings: RelaySettings): void {
    this.#gate.configure(settings);
    this.#origins.configure(settings.http);
    this.#pulls.configure(this.#ownStreams(settings));
    this.#log.info('configured', 'configuration read again');
  }

  /** Stops in good order: nobody new comes in, who is there may stay until the drain timeout. */
  async drain(): Promise<void> {
    this.#gate.isDraining = true;
    this.#log.info('draining', `stopping: ${this.#table.size} sessions`, { sessions: this.#table.size });
    for (const { protocol, close } of this.#listeners) if (protocol !== 'admin') close();
    const { timeoutMs, reconnectUrl } = this.#settings.drain;
    for (const session of [...this.#table.sessions()]) session.askToReconnect(reconnectUrl);
    const end = this.#clock.now() + timeoutMs;
    while (this.#table.size > 0 && this.#clock.now() < end) await this.#pause(DRAIN_POLL_MS);
    await this.close();
  }

  /** Stops now: players get the end of their stream, every session is let go. */
  async close(): Promise<void> {
    this.#gate.isDraining = true;
    this.#closeStreams();
    for (const session of [...this.#table.sessions()]) session.dismiss('the relay stops');
    const end = this.#clock.now() + 1000;
    while (this.#table.size > 0 && this.#clock.now() < end) await this.#pause(10);
    this.#closeNow();
  }

  // --- what sessions tell

  onAccepted(session: Session): void {
    this.#table.settle(session);
    this.#team?.onAccepted(session.id);
  }

  onRejected(reason: string): void {
    this.#metrics.onRejected(reason);
  }

  onFirstMedia(ms: number): void {
    this.#metrics.onFirstMedia(ms / 1000);
  }

  onPlayerLeft(reason: string): void {
    this.#metrics.onPlayerLeft(reason);
  }

  onClosed(session: Session): void {
    this.#table.remove(session);
    this.#team?.onClosed(session.id);
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

  upstreams(): readonly PullStatus[] {
    return [...this.#pulls].map((pull) => pull.status());
  }

  forwards(): readonly ForwardStatus[] {
    return [...this.#forwards.statuses()];
  }

  /** What a thread of several keeps going are the streams that it is home to. */
  #ownStreams({ streams }: RelaySettings): readonly StreamSettings[] {
    const team = this.#team;
    return team === undefined ? streams : streams.filter(({ match }) => team.keeps(match));
  }

  #onLive(stream: LiveStream): void {
    if (stream.source?.isCopy) return;
    this.#forwards.onLive(stream);
    this.#team?.onPublished(stream.key, true);
  }

  #onEnd(stream: LiveStream): void {
    this.#forwards.onEnd(stream);
    this.#team?.onPublished(stream.key, false);
  }

  // --- listeners

  async #open(): Promise<void> {
    const { rtmp, http, admin } = this.#settings.listen;
    const onError = (protocol: string, error: Error): void =>
      this.#log.error('accept', `a connection could not be accepted: ${error.message}`, {
        listener: protocol,
      });
    for (const settings of rtmp) {
      const onSocket = (socket: Socket): void => this.#onRtmpSocket(socket);
      this.#listeners.push(await listen('rtmp', settings, onSocket, (error) => onError('rtmp', error)));
    }
    for (const settings of http) {
      const server = createHttpServer(this.#door, {
        origins: this.#origins,
        maxTagBytes: this.#chunkLimits.messageBytes,
        closeTimeoutMs: this.#settings.deadlines.idleMs,
        pages: () => false,
      });
      const address = await bind(server, 'http', settings);
      server.on('error', (error) => onError('http', error));
      this.#listeners.push({ protocol: 'http', address, close: () => server.close() });
    }
    for (const settings of admin) {
      const server = createAdminServer({
        metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#metrics.text() }),
        isReady: () => !this.#gate.isDraining,
        upstreams: async () => this.upstreams(),
        forwards: async () => this.forwards(),
      });
      const address = await bind(server, 'admin', settings);
      server.on('error', (error) => onError('admin', error));
      this.#listeners.push({
        protocol: 'admin',
        address,
        close: () => server.close() && server.closeAllConnections(),
      });
    }
    this.#pulls.configure(this.#ownStreams(this.#settings));
    if (this.#team !== undefined) return; // the main thread says where it listens
    for (const { protocol, address } of this.#listeners) {
      const text = `listening ${protocol} ${endpoint(address.address, address.port)}`;
      this.#log.info('listening', text, { listener: protocol, host: address.address, port: address.port });
    }
  }

  #onRtmpSocket(socket: Socket): void {
    const context = this.#door.admit(socket);
    if (context !== undefined) this.#door.add(new RtmpServerSession(socket, context, this.#chunkLimits));
  }

  #closeStreams(): void {
    this.#registry.close();
    this.#pulls.close();
  }

  #closeNow(): void {
    this.#closeStreams();
    for (const session of [...this.#table.sessions()]) session.destroy();
    for (const { close } of this.#listeners) close();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  *#upstreamSamples(): Generator<UpstreamSample> {
    for (const pull of this.#pulls) {
      const { url } = pull.status();
      yield { stream: pull.key, upstream: url, isUp: pull.isFlowing, connects: [...pull.connects.values()] };
    }
  }

  *#samples(): Generator<StreamSample> {
    for (const stream of this.#registry.streams()) if (stream.source !== undefined) yield sampleOf(stream);
  }
}

function sampleOf(stream: LiveStream): StreamSample {
  const { key, totals, keyframeAgeMs } = stream;
  return {
    key,
    players: stream.playersByProtocol,
    isCopy: stream.source?.isCopy ?? false,
    receivedBytes: totals.receivedBytes,
    sentBytes: totals.sentBytes,
    droppedFrames: totals.droppedFrames,
    laggingPlayers: stream.laggingCount,
    cacheBytes: stream.cacheBytes,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? undefined : keyframeAgeMs / 1000,
  };
}
