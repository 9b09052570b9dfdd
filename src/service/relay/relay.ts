import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { normalizeAddress } from '../../config/networks.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import { Metrics, type StreamSample, type UpstreamSample } from '../../metrics.ts';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk-reader.ts';
import { RtmpServerSession } from '../../session/rtmp-server-session.ts';
import type { SessionContext, SessionEvents } from '../../session/session.ts';
import type { Refusal } from '../../session/stream-gate.ts';
import { type Clock, systemClock } from '../../stream/clock.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import { StreamRegistry } from '../../stream/stream-registry.ts';
import { createAdminServer } from './admin.ts';
import { Forwards } from './forwards.ts';
import { bind, endpoint, type Listener, listen } from './listener.ts';
import { sessionsAllowedByOpenFiles } from './open-files.ts';
import { expandUrl, openUpstream } from './open-upstream.ts';
import { Pulls } from './pulls.ts';
import { RelayGate } from './relay-gate.ts';
import { SessionTable } from './session-table.ts';

/** Between two looks at whether the last session has gone, milliseconds. */
const DRAIN_POLL_MS = 50;

/** One running relay: everything is made and wired here. */
export class Relay implements SessionEvents {
  readonly #settings: RelaySettings;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #registry: StreamRegistry;
  /** Made anew at each start: loops are found by it, whatever names and addresses say. */
  readonly #id = randomBytes(9).toString('base64url');
  readonly #gate: RelayGate;
  readonly #pulls: Pulls;
  readonly #forwards: Forwards;
  readonly #table: SessionTable;
  readonly #metrics: Metrics;
  readonly #chunkLimits: ChunkReaderLimits;
  readonly #listeners: Listener[] = [];
  #lastSession = 0;
  #cutCount = 0;

  private constructor(settings: RelaySettings, log: Log, clock: Clock) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    const { cache, fanOut, play, publish, limits } = settings;
    this.#registry = new StreamRegistry(
      clock,
      { cache, fanOut, maxDelayMs: fanOut.maxDelayMs, waitMs: play.waitMs, ...publish },
      {
        onFlush: (delayMs) => this.#metrics.onFlush(delayMs / 1000),
        onLive: (stream) => this.#forwards.onLive(stream),
        onEnd: (stream) => this.#forwards.onEnd(stream),
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
    this.#gate = new RelayGate(this.#id, registry, this.#pulls, settings);
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
    );
  }

  /** Starts a relay; it listens when the promise resolves. @throws ListenError when a port cannot be had */
  static async start(settings: RelaySettings, log: Log, clock: Clock = systemClock): Promise<Relay> {
    const relay = new Relay(settings, log, clock);
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
    this.#pulls.configure(settings.streams);
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

  onAccepted(session: RtmpServerSession): void {
    this.#table.settle(session);
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

  onClosed(session: RtmpServerSession): void {
    this.#table.remove(session);
  }

  // --- listeners

  async #open(): Promise<void> {
    const { rtmp, admin } = this.#settings.listen;
    const onError = (protocol: string, error: Error): void =>
      this.#log.error('accept', `a connection could not be accepted: ${error.message}`, {
        listener: protocol,
      });
    for (const settings of rtmp) {
      const onSocket = (socket: Socket): void => this.#onRtmpSocket(socket);
      this.#listeners.push(await listen('rtmp', settings, onSocket, (error) => onError('rtmp', error)));
    }
    for (const settings of admin) {
      const server = createAdminServer({
        metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#metrics.text() }),
        isReady: () => !this.#gate.isDraining,
        upstreams: () => [...this.#pulls].map((pull) => pull.status()),
        forwards: () => [...this.#forwards.statuses()],
      });
      const address = await bind(server, 'admin', settings);
      server.on('error', (error) => onError('admin', error));
      this.#listeners.push({
        protocol: 'admin',
        address,
        close: () => server.close() && server.closeAllConnections(),
      });
    }
    this.#pulls.configure(this.#settings.streams);
    for (const { protocol, address } of this.#listeners) {
      const text = `listening ${protocol} ${endpoint(address.address, address.port)}`;
      this.#log.info('listening', text, { listener: protocol, host: address.address, port: address.port });
    }
  }

  #onRtmpSocket(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy(); // gone before it was here
      return;
    }
    const address = normalizeAddress(remoteAddress);
    const refusal = this.#table.admit(address);
    if (refusal?.isCut) {
      this.#cut(socket, address, refusal);
      return;
    }
    const context: SessionContext = {
      id: `c${++this.#lastSession}`,
      address,
      peer: endpoint(address, remotePort),
      clock: this.#clock,
      log: this.#log,
      gate: this.#gate,
      events: this,
      deadlines: this.#settings.deadlines,
      refusal,
    };
    this.#table.add(new RtmpServerSession(socket, context, this.#chunkLimits));
  }

  /** A flood of connections costs a line of log a second, not one each. */
  #cut(socket: Socket, address: string, { refused, description }: Refusal): void {
    socket.on('error', () => {}).destroy();
    this.#metrics.onRejected(refused);
    if (this.#cutCount++ > 0) return;
    this.#clock.after(1000, () => {
      const text = `${this.#cutCount} connections cut, the first from ${address}: ${description}`;
      this.#log.warn('cut', text, { connections: this.#cutCount, address, reason: refused });
      this.#cutCount = 0;
    });
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
    receivedBytes: totals.receivedBytes,
    sentBytes: totals.sentBytes,
    droppedFrames: totals.droppedFrames,
    laggingPlayers: stream.laggingCount,
    cacheBytes: stream.cacheBytes,
    keyframeAgeSeconds: keyframeAgeMs === undefined ? undefined : keyframeAgeMs / 1000,
  };
}
