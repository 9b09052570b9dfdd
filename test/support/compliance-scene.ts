import { setImmediate as turn } from 'node:timers/promises';
import type { DeadlineSettings } from '../../src/config/relay-settings.ts';
import { noCalls } from '../../src/service/calls/no-calls.ts';
import { createHttpServer, type HttpDoor } from '../../src/service/listen/http-listener.ts';
import { mediaDialogues, mediaFormats } from '../../src/service/stream-formats.ts';
import type { AccessRequest, Grant, Verdict } from '../../src/session/access.ts';
import { ForwardedPeers } from '../../src/session/http/forwarded-peers.ts';
import type { HttpSite } from '../../src/session/http/http-activity.ts';
import { HttpOrigins } from '../../src/session/http/http-origins.ts';
import type { PublisherLimits } from '../../src/session/published/publisher-watch.ts';
import type {
  AcceptedActivity,
  PlaybackReport,
  Session,
  SessionActivity,
  SessionContext,
  SessionEvents,
} from '../../src/session/session.ts';
import { StreamFormats } from '../../src/session/stream-format.ts';
import type { PlayWish, Streams } from '../../src/session/streams.ts';
import type { Frame } from '../../src/stream/frame.ts';
import type { MediaFamily } from '../../src/stream/media-family.ts';
import type { Source } from '../../src/stream/source.ts';
import { type Publication, StreamRegistry } from '../../src/stream/stream-registry.ts';
import type { FakeClock } from './fake-clock.ts';
import { frames } from './fake-media.ts';
import { settings } from './fake-studio.ts';
import { RawHttp } from './http-client.ts';
import { LoopClock } from './loop-clock.ts';
import { MemorySocket } from './memory-socket.ts';
import { RecordingLog } from './recording-log.ts';

/** Another length each, so that a test sees which one it was. */
export const deadlines: DeadlineSettings = {
  handshakeMs: 10_000,
  idleMs: 15_000,
  pendingMs: 60_000,
  firstMediaMs: 20_000,
  silenceMs: 12_000,
  pushSilenceMs: 60_000,
  pushGapMs: 120_000,
  pingMs: 30_000,
};

/** A question that waits for its verdict. */
export interface Pending {
  readonly request: AccessRequest;
  readonly signal: AbortSignal;
  /** Whether there was an answer. */
  isAnswered: boolean;
  decide(verdict: Verdict): void;
  fail(error: Error): void;
}

/** Everything that a session has around it, on a clock driven by hand; access asks the test. */
export class ComplianceScene implements SessionEvents {
  readonly clock: FakeClock = new LoopClock(1000);
  readonly log: RecordingLog = new RecordingLog();
  readonly sessions: Session[] = [];
  /** What sessions told. */
  readonly events: string[] = [];
  /** What sessions told of publications. */
  readonly publications: ('begun' | 'over')[] = [];
  readonly registry: StreamRegistry = new StreamRegistry(this.clock, settings, { onFlush: () => {} });
  /** Of whoever publishes from now on. */
  publisherLimits: PublisherLimits | undefined;
  /** The frames of a script, in the family that is played. */
  frames: (script: string) => Frame[] = frames;
  /** Questions to access without a verdict. */
  readonly pending: Pending[] = [];
  /** Of each grant, how often it was given back. */
  readonly releases: number[] = [];
  /** What goes on by a grant that ends. */
  readonly granted: Set<SessionActivity> = new Set();
  /** What the streams were asked for by each play. */
  readonly plays: Omit<PlayWish, 'form'>[] = [];
  readonly streams: Streams = {
    relayId: 'here',
    play: ({ key }, player, { form, resume, address }) => {
      this.plays.push({ resume, address });
      return this.registry.play(key, player, { form, resume, lateJoin: 'keyframeGroup' });
    },
    publish: async ({ key }, source, signal) => {
      const published = this.registry.publish(key, source);
      if ('conflict' in published) return { refused: 'conflict', description: published.conflict };
      if (signal.aborted) published.leave('lost');
      return published;
    },
    publisherLimits: () => this.publisherLimits,
    look: async ({ key }) =>
      this.registry.get(key)?.state === 'live' ? this.registry.describe(key) : undefined,
  };
  readonly site: HttpSite = {
    origins: new HttpOrigins({ corsOrigins: ['*'], publishOrigins: [] }),
    redirectUnknownTo: null,
    forwarded: new ForwardedPeers({ trustedProxies: [], forwardedHeader: 'x-forwarded-for' }),
    formats: new StreamFormats(mediaFormats({ messageBytes: 2 ** 20 })),
    dialogues: mediaDialogues({ secret: Buffer.alloc(32, 1) }),
    pages: () => false,
    deadlines: { idleMs: 10_000 },
  };

  /** What a session of a connection needs. */
  context(): SessionContext {
    return {
      id: `c${this.sessions.length + 1}`,
      address: '192.0.2.1',
      peer: '192.0.2.1:50000',
      clock: this.clock,
      log: this.log,
      gate: { ask: (request, signal) => this.#ask(request, signal) },
      streams: this.streams,
      events: this,
      deadlines,
      limits: { messagesPerSecond: 5000, playsPerConnection: 8, publicationsPerConnection: 4 },
      remembers: { clientUrls: false, connect: true },
      calls: noCalls,
      pending: { note: () => {} },
      granted: this.granted,
      refusal: undefined,
    };
  }

  /** An HTTP client that has said nothing yet. */
  connect(): RawHttp {
    const [near, far] = MemorySocket.pair(true);
    const door: HttpDoor = {
      admit: (_socket, begin) => {
        const session = begin(this.context());
        this.sessions.push(session);
        return session;
      },
      replace: (session) => void this.sessions.splice(-1, 1, session),
    };
    createHttpServer(door, this.site).emit('connection', near);
    return RawHttp.over(far);
  }

  /** The session that is spoken to. */
  get session(): Session {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('there is no session');
    return session;
  }

  /** The question that was asked, once it was. */
  async asked(): Promise<Pending> {
    await this.settle();
    const question = this.pending.shift();
    if (question === undefined) throw new Error('nothing was asked');
    return question;
  }

  /** A yes. */
  grant(key = 'live/a', changes: Partial<Grant> = {}): Grant {
    const index = this.releases.push(0) - 1;
    const release = (): void => {
      this.releases[index] = (this.releases[index] ?? 0) + 1;
    };
    const until = Number.POSITIVE_INFINITY;
    const endWait = (): void => {};
    const nothing = { identity: undefined, limits: {}, path: [], again: undefined };
    return { key, query: '', until, ...nothing, endWait, release, ...changes };
  }

  /** Somebody else publishes the stream, in frames of another family if one is given. */
  publish(
    script: string,
    family?: MediaFamily,
  ): { readonly source: Source; readonly publication: Publication } {
    const source: Source = { address: '198.51.100.7:40000', onReplaced: () => {} };
    const publication = this.registry.publish('live/a', source);
    if ('conflict' in publication) throw new Error(publication.conflict);
    for (const frame of this.frames(script))
      publication.receive({ ...frame, family: family ?? frame.family });
    return { source, publication };
  }

  /** Lets everything happen that follows from what has happened, time excepted. */
  async settle(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      await turn();
      this.clock.advance(0);
    }
  }

  /** Lets time pass, and what follows from that happen. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  onAccepted(): void {
    this.events.push('accepted');
  }

  onIdle(): void {
    this.events.push('idle');
  }

  onRejected(reason: string): void {
    this.events.push(`rejected: ${reason}`);
  }

  onBegun({ verb }: AcceptedActivity): void {
    if (verb === 'publish') this.publications.push('begun');
  }

  onReported({ clientId, text }: PlaybackReport): void {
    this.events.push(`reported by ${clientId}: ${text}`);
  }

  onFirstMedia(): void {
    this.events.push('first media');
  }

  onGoesOn(): void {}

  onOver({ verb }: AcceptedActivity, reason: string): void {
    if (verb === 'publish') this.publications.push('over');
    else this.events.push(`player left: ${reason}`);
  }

  onCalled(): void {}

  onClosed(): void {
    this.events.push('closed');
  }

  /** The texts of the lines of an event. */
  said(event: string): string[] {
    return this.log.find(event).map(({ text }) => text);
  }

  #ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    // only some protocols ask it, and all that follows is the same
    if (request.verb === 'connect') return Promise.resolve(this.grant(''));
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        request,
        signal,
        isAnswered: false,
        decide(verdict) {
          pending.isAnswered = true;
          resolve(verdict);
        },
        fail(error) {
          pending.isAnswered = true;
          reject(error);
        },
      };
      this.pending.push(pending);
    });
  }
}
