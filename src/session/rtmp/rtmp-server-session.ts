import { urlWithoutPermit } from '../../credentials/permit.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk/chunk-reader.ts';
import { splitAuthmod } from '../../protocol/rtmp/dialogue/authmod.ts';
import { CapsEx } from '../../protocol/rtmp/dialogue/enhanced.ts';
import type { PeerCall } from '../../protocol/rtmp/dialogue/open-calls.ts';
import { type ConnectRequest, ServerDialogue } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import { StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import { decodePath, KEY_NAME, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import { UnreadAnswers } from '../../protocol/unread-answers.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import { isStreamKey } from '../../stream/stream-key.ts';
import type { ClientUrls, Credentials } from '../access.ts';
import type { ClientAnswer } from '../calls/call-outcome.ts';
import { type CallingClient, callingPeer } from '../calls/client-call.ts';
import { Connection, FAREWELL_MS } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import { type InputReader, PacedInput } from '../reading/paced-input.ts';
import { decodeResume, RESUME_NAME } from '../resume-text.ts';
import type { Revocation, SessionActivity, SessionContext, SessionRole } from '../session.ts';
import type { PeerSocket } from '../socket/peer-socket.ts';
import { TrafficWatch } from '../traffic-watch.ts';
import { type ConnectWords, clientConnect, connectArgsText, connectWords } from './connect-words.ts';
import { ownDeeds, RtmpActivities } from './rtmp-activities.ts';
import type { RtmpDeeds, RtmpHost } from './rtmp-activity.ts';
import { RtmpCalls } from './rtmp-calls.ts';
import { RtmpConnect } from './rtmp-connect.ts';

/** What a peer may send that does not publish: all but media is small. */
const MAX_MESSAGE_BYTES_BEFORE_PUBLISH = 128 * 1024;
const MAX_PARTIAL_BYTES_BEFORE_PUBLISH = 256 * 1024;

/** So much of a URL that a client says is kept, characters. */
const MAX_CLIENT_URL = 1024;

/** The server's side of one RTMP connection: gives the dialogue a socket and deadlines. */
export class RtmpServerSession extends Connection implements RtmpHost, InputReader {
  readonly dialogue: ServerDialogue;
  app = '';
  credentials: Credentials = {};
  path: readonly string[] = [];
  resume: ResumePoint | undefined;
  canReconnect = false;
  /** What the peer must do next when nothing is published, played or asked. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;
  readonly #limits: ChunkReaderLimits;
  /** As they are now: small until the peer publishes. */
  readonly #currentLimits: { -readonly [K in keyof ChunkReaderLimits]: ChunkReaderLimits[K] };
  readonly #answers: UnreadAnswers;
  readonly #activities: RtmpActivities;
  #connect: RtmpConnect | undefined;
  /** From the first call on: most clients neither call nor are called. */
  #callsIfAny: RtmpCalls | undefined;
  /** What the client has said with connect, as far as somebody wants to know. */
  #connectWords: ConnectWords | undefined;
  #state: 'open' | 'closing' | 'failed' | 'closed' = 'open';

  /**
   * @param deeds - what playing and publishing is; without them the streams are kept here
   * @param protocol - as metrics name what carries it
   */
  constructor(
    socket: PeerSocket,
    context: SessionContext,
    limits: ChunkReaderLimits,
    deeds: RtmpDeeds = ownDeeds,
    protocol = 'rtmp',
  ) {
    super(protocol, socket, context);
    this.#answers = new UnreadAnswers(this.writer);
    this.#limits = limits;
    this.#currentLimits = {
      messageBytes: Math.min(limits.messageBytes, MAX_MESSAGE_BYTES_BEFORE_PUBLISH),
      partialBytes: Math.min(limits.partialBytes, MAX_PARTIAL_BYTES_BEFORE_PUBLISH),
      chunkStreams: limits.chunkStreams,
    };
    this.#activities = new RtmpActivities(this, deeds);
    const { clock, deadlines } = context;
    this.input = new PacedInput(clock, this);
    this.dialogue = new ServerDialogue(this.#activities, this.#currentLimits, this.input.pace);
    this.#deadline = new Deadline(clock, (what) => {
      if (this.#state === 'open') this.miss(what);
      this.destroy();
    });
    this.#watch = new TrafficWatch(this);
    this.#deadline.expect('handshake', deadlines.handshakeMs);
    this.input.attach(socket, (memory, length) => this.#act(() => this.dialogue.receive(memory, length)));
    socket.on('error', ({ message }) => this.log.debug('socket-error', `lost its connection: ${message}`));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#onClosed());
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get role(): SessionRole {
    return this.#activities.role;
  }

  override get partialBytes(): number {
    return super.partialBytes + this.dialogue.partialBytes;
  }

  *activities(): Generator<SessionActivity> {
    if (this.#connect !== undefined) yield this.#connect;
    yield* this.#activities.list();
  }

  override askToReconnect(url: string | null): boolean {
    const isRelay = this.#connect?.isRelay ?? false;
    if (!isRelay || !this.canReconnect || this.#state !== 'open' || this.role === 'pending') return false;
    // the URL of a server alone is completed with the application that the client is connected to
    const isServer = url !== null && /^\w+:\/\/[^/]+\/?$/.test(url);
    const tcUrl = isServer ? `${url.replace(/\/$/, '')}/${this.app}` : url;
    const description = 'the relay is shutting down: please reconnect';
    const status = { level: 'status', code: StatusCode.reconnectRequest, description } as const;
    this.dialogue.status(0, status, tcUrl === null ? {} : { tcUrl });
    return true;
  }

  revokeAll(reason: string, as: Revocation): void {
    this.#activities.revokeAll(reason, as);
  }

  dismiss(reason: string): void {
    if (this.endReason === 'closed') this.endReason = 'shutdown';
    this.#activities.dismissPublishers(reason);
    this.close(reason);
  }

  /** Says farewell: what was written is sent, then the connection closes, at the latest by force. */
  close(reason: string): void {
    if (this.#state !== 'open') return;
    this.log.debug('closing', `is let go: ${reason}`);
    this.#state = 'closing';
    this.#leave();
    this.#deadline.expect('close', FAREWELL_MS);
    this.socket.end();
    this.socket.resume();
  }

  // --- what the dialogue tells

  send(bytes: Buffer): void {
    this.#answers.write(bytes);
  }

  onConnect(request: ConnectRequest): void {
    const { app: written, tcUrl, flashVer, commandObject } = request;
    const { app, authmod } = splitAuthmod(written);
    this.app = app;
    if (authmod !== undefined) this.credentials = { ...this.credentials, authmod };
    if (this.context.remembers.clientUrls) this.clientUrls = clientUrls(tcUrl, commandObject);
    if (this.context.remembers.connect) this.#connectWords = connectWords(app, request);
    this.path = decodePath(commandObject[PATH_NAME]) ?? [];
    this.resume = decodeResume(commandObject[RESUME_NAME]);
    this.identify(flashVer);
    const { capsEx } = commandObject;
    this.canReconnect = typeof capsEx === 'number' && (capsEx & CapsEx.reconnect) !== 0;
    this.hold();
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    const { [KEY_NAME]: key } = commandObject;
    const connect = new RtmpConnect(this, {
      seeks: purposeOf(flashVer, commandObject),
      isRelay: this.path.length > 0,
      args: connectArgsText(request),
      stream: typeof key === 'string' && isStreamKey(key) ? key : undefined,
    });
    this.atDoor(
      () => this.#askConnect(connect),
      (refusal) => connect.onDenied(refusal),
    );
  }

  onCall(call: PeerCall): void {
    this.#calls.onCall(call);
  }

  call(name: string, args: readonly AmfValue[], timeoutMs?: number): Promise<ClientAnswer> | undefined {
    return this.#connect?.isGranted ? this.#calls.call(name, args, timeoutMs) : undefined;
  }

  get #calls(): RtmpCalls {
    this.#callsIfAny ??= new RtmpCalls(this, this.dialogue, () => this.#callingClient());
    return this.#callsIfAny;
  }

  #callingClient(): CallingClient {
    const [first] = this.#activities.list();
    return {
      ...callingPeer(this),
      identity: this.#connect?.identity ?? first?.identity,
      connect: this.#connectWords && clientConnect(this.#connectWords),
    };
  }

  // --- what the activities tell

  hold(): void {
    this.dialogue.hold();
    this.#deadline.clear();
  }

  /** The dialogue goes on. */
  override onDecided(): void {
    if (this.#state !== 'open') return;
    this.#activities.checkIdle();
    this.run(() => this.dialogue.release());
    this.input?.goOn();
  }

  onPublishing(): void {
    Object.assign(this.#currentLimits, this.#limits);
  }

  onPlaying(): void {
    this.#watch.start();
  }

  /** A connection on which nothing is done any more must begin something, or go. */
  onIdle(): void {
    if (this.#state !== 'open') return;
    this.rest();
    this.#watch.stop();
    this.#deadline.expect('publish or play', this.context.deadlines.idleMs);
  }

  /** What follows in the same bytes, or was held, is not acted on any more. */
  protected onFailed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'failed';
    this.#leave();
    this.destroy();
  }

  ping(): void {
    this.dialogue.ping(Math.trunc(this.context.clock.now()));
  }

  // --- the connection

  #askConnect(connect: RtmpConnect): void {
    this.#deadline.clear();
    this.#connect = connect;
    connect.begin();
  }

  /** Until the relay's answer is there nothing that the peer has sent behind its question is acted on. */
  get isHeld(): boolean {
    return this.#state === 'open' && this.dialogue.isHeld;
  }

  proceed(): void {
    this.#act(() => this.dialogue.proceed());
  }

  /** @param act - acts on what the peer has sent */
  #act(act: () => void): void {
    if (this.#state !== 'open') return;
    const wasOpen = this.dialogue.isOpen;
    this.run(() => {
      act();
      this.#answers.check();
    });
    if (this.#state === 'open' && !wasOpen && this.dialogue.isOpen && !this.dialogue.isHeld)
      this.#deadline.expect('connect', this.context.deadlines.idleMs);
  }

  /** Nothing is done or expected any more: what it has sent behind this is not acted on. */
  #leave(): void {
    this.dialogue.hold();
    this.#deadline.clear();
    this.#watch.stop();
    this.#callsIfAny?.close();
    this.#connect?.leave();
    this.#activities.leaveAll(this.endReason);
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#leave();
    this.context.events.onClosed(this);
  }
}

/** Encoders repeat there what they answer to the challenge of RTMP; permits are no hook's business. */
function clientUrls(tcUrl: string, { swfUrl, pageUrl }: ConnectRequest['commandObject']): ClientUrls {
  const cut = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_CLIENT_URL) : '');
  const own = (value: unknown): string => urlWithoutPermit(cut(value));
  return { tcUrl: own(splitAuthmod(tcUrl).app), swfUrl: cut(swfUrl), pageUrl: own(pageUrl) };
}

/** By what ffmpeg, librtmp, OBS and GStreamer say of themselves; those that play say neither. */
function purposeOf(flashVer: string, { type }: ConnectRequest['commandObject']): 'publish' | 'play' {
  return flashVer.startsWith('FMLE/') || type === 'nonprivate' ? 'publish' : 'play';
}
