import type { Socket } from 'node:net';
import { ProtocolError } from '../../errors.ts';
import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk/chunk-reader.ts';
import { CapsEx } from '../../protocol/rtmp/dialogue/enhanced.ts';
import type { StreamRequest } from '../../protocol/rtmp/dialogue/server-commands.ts';
import {
  type ConnectRequest,
  ServerDialogue,
  type ServerDialogueHandler,
} from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import { StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import { decodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { Challenge, Refusal } from '../access.ts';
import { Connection, type ConnectionOwner } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import type { SessionActivity, SessionContext, SessionRole } from '../session.ts';
import { TrafficWatch } from '../traffic-watch.ts';
import { ReadBudget } from './read-budget.ts';
import { RtmpActivities } from './rtmp-activities.ts';
import { RtmpConnect, type RtmpConnectWire } from './rtmp-connect.ts';
import type { RtmpClient, RtmpHost } from './rtmp-host.ts';
import { redirection } from './rtmp-status.ts';

/** A peer that was told to go gets this long to read it, milliseconds. */
const FAREWELL_MS = 2000;

/** A peer may leave this many bytes of answers to its own messages unread. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;

/** So much is read ahead of an answer that is not there yet, bytes: enough to see that the peer leaves. */
const MAX_HELD_BYTES = 256 * 1024;

/** What a peer may send that does not publish: all but media is small. */
const MAX_MESSAGE_BYTES_BEFORE_PUBLISH = 128 * 1024;
const MAX_PARTIAL_BYTES_BEFORE_PUBLISH = 256 * 1024;

/** The server's side of one RTMP connection: gives the dialogue a socket and deadlines. */
export class RtmpServerSession implements ConnectionOwner, ServerDialogueHandler, RtmpHost, RtmpConnectWire {
  readonly id: string;
  readonly protocol = 'rtmp';
  readonly address: string;
  readonly connection: Connection;
  readonly dialogue: ServerDialogue;
  readonly #socket: Socket;
  /** What the peer must do next when nothing is published, played or asked. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;
  readonly #limits: ChunkReaderLimits;
  /** As they are now: small until the peer publishes. */
  readonly #currentLimits: { -readonly [K in keyof ChunkReaderLimits]: ChunkReaderLimits[K] };
  /** Bytes of answers since the socket last had taken all. */
  #unreadAnswerBytes = 0;
  /** Bytes that wait until the dialogue goes on. */
  #heldBytes = 0;
  readonly #activities: RtmpActivities;
  #client: RtmpClient = { app: '', path: [] };
  #connect: RtmpConnect | undefined;
  #canReconnect = false;
  #state: 'open' | 'closing' | 'failed' | 'closed' = 'open';

  constructor(socket: Socket, context: SessionContext, limits: ChunkReaderLimits) {
    this.id = context.id;
    this.address = context.address;
    this.connection = new Connection(this, socket, context);
    this.#limits = limits;
    this.#currentLimits = {
      messageBytes: Math.min(limits.messageBytes, MAX_MESSAGE_BYTES_BEFORE_PUBLISH),
      partialBytes: Math.min(limits.partialBytes, MAX_PARTIAL_BYTES_BEFORE_PUBLISH),
      chunkStreams: limits.chunkStreams,
    };
    this.dialogue = new ServerDialogue(this, this.#currentLimits);
    this.#socket = socket;
    this.#activities = new RtmpActivities(this);
    const { clock, deadlines } = context;
    this.#deadline = new Deadline(clock, (what) => {
      if (this.#state === 'open') this.connection.miss(what);
      this.destroy();
    });
    this.#watch = new TrafficWatch(this.connection, this);
    this.#deadline.expect('handshake', deadlines.handshakeMs);
    new ReadBudget(socket, clock, {
      read: (bytes) => this.#onBytes(bytes),
      onSlowed: () =>
        this.connection.log.warn(
          'slowed',
          'it sends in pieces that cost much more work than bytes usually do',
        ),
    });
    socket.on('error', (error) => this.connection.log.debug('socket-error', error.message));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#onClosed());
  }

  get role(): SessionRole {
    return this.#activities.role;
  }

  get receivedBytes(): number {
    return this.connection.receivedBytes;
  }

  get sentBytes(): number {
    return this.connection.sentBytes;
  }

  get client(): RtmpClient {
    return this.#client;
  }

  *activities(): Generator<SessionActivity> {
    if (this.#connect !== undefined) yield this.#connect;
    yield* this.#activities.list();
  }

  askToReconnect(url: string | null): boolean {
    const isRelay = this.#connect?.isRelay ?? false;
    if (!isRelay || !this.#canReconnect || this.#state !== 'open' || this.role === 'pending') return false;
    // the URL of a server alone is completed with the application that the client is connected to
    const isServer = url !== null && /^\w+:\/\/[^/]+\/?$/.test(url);
    const tcUrl = isServer ? `${url.replace(/\/$/, '')}/${this.#client.app}` : url;
    const description = 'the relay is about to stop: go elsewhere';
    const status = { level: 'status', code: StatusCode.reconnectRequest, description } as const;
    this.dialogue.status(0, status, tcUrl === null ? {} : { tcUrl });
    return true;
  }

  dismiss(reason: string): void {
    this.#activities.dismissPublishers(reason);
    this.close(reason);
  }

  /** Says farewell: what was written is sent, then the connection closes, at the latest by force. */
  close(reason: string): void {
    if (this.#state !== 'open') return;
    this.connection.log.debug('closing', reason);
    this.#state = 'closing';
    this.dialogue.hold(); // what it has sent behind this is not acted on any more
    this.#watch.stop();
    this.#deadline.expect('close', FAREWELL_MS);
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // --- what the dialogue tells

  send(bytes: Buffer): void {
    const { writer } = this.connection;
    if (writer.backlogBytes === 0) this.#unreadAnswerBytes = 0;
    this.#unreadAnswerBytes += bytes.length;
    writer.write(bytes);
  }

  onConnect({ app, flashVer, commandObject }: ConnectRequest): void {
    this.#client = { app, path: decodePath(commandObject[PATH_NAME]) ?? [] };
    this.connection.client = flashVer;
    const { capsEx } = commandObject;
    this.#canReconnect = typeof capsEx === 'number' && (capsEx & CapsEx.reconnect) !== 0;
    this.hold();
    this.#deadline.expect('decision about the request', this.connection.context.deadlines.idleMs);
    this.connection.atDoor(
      () => this.#askConnect(),
      (refusal) => this.onDenied(refusal),
    );
  }

  onPublish(request: StreamRequest): void {
    this.#activities.onPublish(request);
  }

  onPlay(request: StreamRequest): void {
    this.#activities.onPlay(request);
  }

  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    this.#activities.onMedia(messageStreamId, type, timestamp, payload);
  }

  onStop(messageStreamId: number): void {
    this.#activities.onStop(messageStreamId);
  }

  onPause(messageStreamId: number, isPaused: boolean): void {
    this.#activities.onPause(messageStreamId, isPaused);
  }

  onReceive(messageStreamId: number, kind: 'audio' | 'video', isWanted: boolean): void {
    this.#activities.onReceive(messageStreamId, kind, isWanted);
  }

  // --- what the answer to connect is

  onConnected(): void {
    this.dialogue.acceptConnect();
  }

  onDenied(denial: Refusal | Challenge): void {
    if (this.#state !== 'open') return;
    this.dialogue.refuseConnect(denial.description, redirection(denial));
    this.close(denial.description);
  }

  onDecided(): void {
    this.release();
  }

  onRevoked(reason: string): void {
    this.#activities.dismissPublishers(reason);
    this.close(reason);
  }

  // --- what the activities tell

  hold(): void {
    this.dialogue.hold();
    this.#deadline.clear();
  }

  release(): void {
    if (this.#state !== 'open') return;
    this.#activities.checkIdle();
    this.#heldBytes = 0;
    this.#socket.resume();
    this.connection.run(() => this.dialogue.release());
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
    this.#watch.stop();
    this.#deadline.expect('publish or play', this.connection.context.deadlines.idleMs);
  }

  onMissed(): void {
    this.destroy();
  }

  /** What follows in the same bytes, or was held, is not acted on any more. */
  onFailed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'failed';
    this.#leave();
    this.destroy();
  }

  ping(): void {
    this.dialogue.ping(Math.trunc(this.connection.context.clock.now()));
  }

  // --- the connection

  #askConnect(): void {
    if (this.#state !== 'open') return;
    this.#deadline.clear();
    this.#connect = new RtmpConnect(this.connection, this);
    this.#connect.begin(this.#client.path);
  }

  /** @returns how much work all bytes have been so far */
  #onBytes(bytes: Buffer): number {
    if (this.#state !== 'open') return this.dialogue.work;
    const wasOpen = this.dialogue.isOpen;
    this.connection.run(() => {
      this.dialogue.receive(bytes);
      this.#checkAnswersAreRead();
    });
    if (this.#state === 'open' && this.dialogue.isHeld) {
      this.#heldBytes += bytes.length;
      if (this.#heldBytes > MAX_HELD_BYTES) this.#socket.pause();
    } else if (this.#state === 'open' && !wasOpen && this.dialogue.isOpen)
      this.#deadline.expect('connect', this.connection.context.deadlines.idleMs);
    return this.dialogue.work;
  }

  /** A peer that asks and asks and reads no answer must not fill the memory with them. */
  #checkAnswersAreRead(): void {
    if (this.#unreadAnswerBytes <= MAX_UNREAD_ANSWER_BYTES || this.connection.writer.backlogBytes === 0)
      return;
    throw new ProtocolError(
      'RTMP_ANSWERS_UNREAD',
      `the peer does not read the answers to what it sends: ${this.#unreadAnswerBytes} bytes of them`,
    );
  }

  /** Nothing is done or expected any more. */
  #leave(): void {
    this.dialogue.hold();
    this.#deadline.clear();
    this.#watch.stop();
    this.#connect?.leave();
    this.#activities.leaveAll(this.connection.farewell);
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#leave();
    this.connection.context.events.onClosed(this);
  }
}
