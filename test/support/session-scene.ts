import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { DeadlineSettings } from '../../src/config/relay-settings.ts';
import { noCalls } from '../../src/service/calls/no-calls.ts';
import type { AccessGate, Grant, Refusal } from '../../src/session/access.ts';
import type { CallSite } from '../../src/session/calls/call-handlers.ts';
import { DirectSocket } from '../../src/session/reading/direct-socket.ts';
import { ownDeeds } from '../../src/session/rtmp/rtmp-activities.ts';
import type { RtmpDeeds } from '../../src/session/rtmp/rtmp-activity.ts';
import { RtmpServerSession } from '../../src/session/rtmp/rtmp-server-session.ts';
import type {
  AcceptedActivity,
  Session,
  SessionActivity,
  SessionContext,
  SessionEvents,
} from '../../src/session/session.ts';
import type { Streams } from '../../src/session/streams.ts';
import { StreamRegistry } from '../../src/stream/stream-registry.ts';
import type { FakeClock } from './fake-clock.ts';
import { endlessBudget } from './fake-studio.ts';
import { LoopClock } from './loop-clock.ts';
import { RawClient } from './raw-client.ts';
import { RecordingLog } from './recording-log.ts';

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 21, chunkStreams: 16 };
const deadlines: DeadlineSettings = {
  handshakeMs: 10_000,
  idleMs: 15_000,
  pendingMs: 60_000,
  firstMediaMs: 20_000,
  silenceMs: 12_000,
  pushSilenceMs: 60_000,
  pushGapMs: 120_000,
  pingMs: 30_000,
};

/** Sessions on real loopback sockets whose time stands still until the test lets it pass; all streams are there for all. */
export class SessionScene implements AsyncDisposable, SessionEvents {
  readonly clock: FakeClock = new LoopClock();
  readonly log: RecordingLog = new RecordingLog();
  readonly sessions: Session[] = [];
  /** What sessions told. */
  readonly events: string[] = [];
  readonly registry: StreamRegistry = new StreamRegistry(
    this.clock,
    {
      cache: { maxBytes: 2 ** 20, maxDurationMs: 30_000, resumeMs: 10_000, budget: endlessBudget },
      fanOut: { maxBacklogBytes: 2 ** 23, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 },
      maxDelayMs: 100,
      cpuShare: 0.25,
      waitMs: 15_000,
      graceMs: 10_000,
      pauseMs: deadlines.pushGapMs,
      onConflict: 'takeover',
    },
    { onFlush: () => {} },
  );
  /** Asked by every session; a test may replace what it answers. */
  readonly gate: AccessGate & { ask: AccessGate['ask'] } = {
    ask: async ({ readings, path }) => grantOf(readings[0]?.key ?? '', path),
  };
  /** Used by every session; a test may replace what it does. */
  readonly streams: { -readonly [K in keyof Streams]: Streams[K] } = {
    relayId: 'scene',
    publish: async ({ key }, source) => {
      const publication = this.registry.publish(key, source);
      return 'conflict' in publication
        ? { refused: 'conflict', description: publication.conflict }
        : publication;
    },
    play: ({ key }, player, { form, resume }) =>
      this.registry.play(key, player, { form, resume, lateJoin: 'keyframeGroup' }),
    publisherLimits: () => undefined,
    look: async ({ key }) =>
      this.registry.get(key)?.state === 'live' ? this.registry.describe(key) : undefined,
  };
  /** What playing and publishing is for sessions to come. */
  deeds: RtmpDeeds = ownDeeds;
  refusal: Refusal | undefined;
  /** What clients can call; a test may replace it. */
  calls: CallSite = noCalls;
  readonly granted: Set<SessionActivity> = new Set();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#onSocket(DirectSocket.of(socket)));
  }

  static async start(): Promise<SessionScene> {
    const scene = new SessionScene();
    scene.#server.listen(0, '127.0.0.1');
    await once(scene.#server, 'listening');
    return scene;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** A client that has done everything up to createStream. */
  connected(app = 'live'): Promise<RawClient> {
    return RawClient.openConnected(this.port, app);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.registry.close();
    for (const session of this.sessions) session.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  onAccepted(session: Session): void {
    this.events.push(`${session.id} accepted`);
  }

  onIdle(session: Session): void {
    this.events.push(`${session.id} idle`);
  }

  onRejected(reason: string): void {
    this.events.push(`rejected: ${reason}`);
  }

  onBegun(): void {}

  onReported(): void {}

  onFirstMedia(): void {
    this.events.push('first media');
  }

  onGoesOn(): void {}

  onOver({ verb }: AcceptedActivity, reason: string): void {
    if (verb === 'play') this.events.push(`player left: ${reason}`);
  }

  onCalled(direction: string, outcome: string): void {
    this.events.push(`call ${direction}: ${outcome}`);
  }

  onClosed(session: Session): void {
    this.events.push(`${session.id} closed`);
    this.log.info('closed', '', { connection: session.id });
  }

  #onSocket(socket: Socket): void {
    const id = `c${this.sessions.length + 1}`;
    const context: SessionContext = {
      id,
      address: '127.0.0.1',
      peer: `127.0.0.1:${socket.remotePort}`,
      clock: this.clock,
      log: this.log,
      gate: this.gate,
      streams: this.streams,
      events: this,
      deadlines,
      limits: { messagesPerSecond: 5000, playsPerConnection: 8, publicationsPerConnection: 4 },
      remembers: { clientUrls: false, connect: true },
      calls: this.calls,
      pending: { note: () => {} },
      granted: this.granted,
      refusal: this.refusal,
    };
    this.sessions.push(new RtmpServerSession(socket, context, limits, this.deeds));
    this.log.info('opened', '', { connection: id });
  }
}

/** A grant without limits. */
export function grantOf(key: string, path: readonly string[] = []): Grant {
  const until = Number.POSITIVE_INFINITY;
  const nothing = (): void => {};
  return {
    key,
    query: '',
    until,
    identity: undefined,
    limits: {},
    path,
    again: undefined,
    endWait: nothing,
    release: nothing,
  };
}
