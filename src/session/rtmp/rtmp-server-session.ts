import type { Socket } from 'node:net';
import { ProtocolError } from '../../errors.ts';
import type { Log } from '../../log.ts';
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
import { Deadline } from '../deadline.ts';
import type { PlayerLeft, Session, SessionContext, SessionRole } from '../session.ts';
import { SocketWriter } from '../socket-writer.ts';
import type { Refusal } from '../stream-gate.ts';
import { ReadBudget } from './read-budget.ts';
import { type ActivityHost, RtmpActivities, type RtmpClient } from './rtmp-activities.ts';

/** A peer that was told to go gets this long to read it, milliseconds. */
const FAREWELL_MS = 2000;

/** A peer may leave this many bytes of answers to its own messages unread. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;

/** What a peer may send that does not publish: all but media is small. */
const MAX_MESSAGE_BYTES_BEFORE_PUBLISH = 128 * 1024;
const MAX_PARTIAL_BYTES_BEFORE_PUBLISH = 256 * 1024;

const PING_ANSWER = 'answer to a ping';

/** The server's side of one RTMP connection: gives the dialogue a socket and deadlines. */
export class RtmpServerSession implements Session, ServerDialogueHandler, ActivityHost {
  readonly id: string;
  readonly protocol = 'rtmp';
  readonly address: string;
  readonly context: SessionContext;
  readonly dialogue: ServerDialogue;
  readonly writer: SocketWriter;
  readonly log: Log;
  readonly #socket: Socket;
  /** What the peer must do next when nothing is published or played. */
  readonly #deadline: Deadline;
  /** When a player is looked at that may have gone. */
  readonly #pinging: Deadline;
  /** How much went to and fro when it was last looked at. */
  #trafficBytes = 0;
  readonly #limits: ChunkReaderLimits;
  /** As they are now: small until the peer publishes. */
  readonly #currentLimits: { -readonly [K in keyof ChunkReaderLimits]: ChunkReaderLimits[K] };
  /** Bytes of answers since the socket last had taken all. */
  #unreadAnswerBytes = 0;
  readonly #activities: RtmpActivities;
  readonly #openedAt: number;
  #client: RtmpClient | undefined;
  #canReconnect = false;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #isAccepted = false;
  /** Why its players leave when the connection closes. */
  #farewell: PlayerLeft = 'closed';

  constructor(socket: Socket, context: SessionContext, limits: ChunkReaderLimits) {
    this.id = context.id;
    this.address = context.address;
    this.context = context;
    this.writer = new SocketWriter(socket);
    this.log = context.log.with({ connection: context.id, peer: context.peer });
    this.#limits = limits;
    this.#currentLimits = {
      messageBytes: Math.min(limits.messageBytes, MAX_MESSAGE_BYTES_BEFORE_PUBLISH),
      partialBytes: Math.min(limits.partialBytes, MAX_PARTIAL_BYTES_BEFORE_PUBLISH),
      chunkStreams: limits.chunkStreams,
    };
    this.dialogue = new ServerDialogue(this, this.#currentLimits);
    this.#socket = socket;
    this.#activities = new RtmpActivities(this);
    this.#openedAt = context.clock.now();
    this.#deadline = new Deadline(context.clock, (what) => this.onMissed(what));
    this.#pinging = new Deadline(context.clock, (what) => this.#onPingDue(what));
    this.#deadline.expect('handshake', context.deadlines.handshakeMs);
    new ReadBudget(socket, context.clock, {
      read: (bytes) => this.#onBytes(bytes),
      onSlowed: () =>
        this.log.warn('slowed', 'it sends in pieces that cost much more work than bytes usually do'),
    });
    socket.on('error', (error) => this.log.debug('socket-error', error.message));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#onClosed());
  }

  get role(): SessionRole {
    return this.#activities.role;
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead;
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get client(): RtmpClient {
    return this.#client ?? unknownClient;
  }

  askToReconnect(url: string | null): boolean {
    const isRelay = this.client.path.length > 0;
    if (!isRelay || !this.#canReconnect || this.#state !== 'open' || this.role === 'pending') return false;
    // the URL of a server alone is completed with the application that the client is connected to
    const isServer = url !== null && /^\w+:\/\/[^/]+\/?$/.test(url);
    const tcUrl = isServer ? `${url.replace(/\/$/, '')}/${this.client.app}` : url;
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
    this.log.debug('closing', reason);
    this.#state = 'closing';
    this.dialogue.hold(); // what it has sent behind this is not acted on any more
    this.#pinging.clear();
    this.#deadline.expect('close', FAREWELL_MS);
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // --- what the dialogue tells

  send(bytes: Buffer): void {
    if (this.writer.backlogBytes === 0) this.#unreadAnswerBytes = 0;
    this.#unreadAnswerBytes += bytes.length;
    this.writer.write(bytes);
  }

  onConnect({ app, flashVer, commandObject }: ConnectRequest): void {
    this.#client = { app, software: flashVer, path: decodePath(commandObject[PATH_NAME]) ?? [] };
    const { capsEx } = commandObject;
    this.#canReconnect = typeof capsEx === 'number' && (capsEx & CapsEx.reconnect) !== 0;
    const { refusal } = this.context;
    if (refusal instanceof Promise) {
      this.settle(
        refusal.then((settled) => ({ settled })),
        ({ settled }) => this.#answerConnect(settled),
      );
    } else this.#answerConnect(refusal);
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

  // --- what the activities tell

  onPublishing(): void {
    Object.assign(this.#currentLimits, this.#limits);
    this.#deadline.clear();
    this.#accept();
  }

  onPlaying(): void {
    this.#deadline.clear();
    this.#accept();
    this.#watchTraffic('sign of life');
  }

  /** A connection on which nothing is done any more must begin something, or go. */
  onIdle(): void {
    if (this.#state !== 'open') return;
    this.#pinging.clear();
    this.#deadline.expect('publish or play', this.context.deadlines.idleMs);
  }

  onMissed(what: string): void {
    if (this.#state === 'open') {
      this.#farewell = 'timeout';
      this.log.warn('deadline', `no ${what} in time: disconnected`, {
        missed: what,
        client: this.client.software,
      });
    }
    this.destroy();
  }

  onFirstMedia(): void {
    this.context.events.onFirstMedia(this.context.clock.now() - this.#openedAt);
  }

  settle<T extends object>(answer: T | Promise<T>, proceed: (settled: T) => void): void {
    if (!(answer instanceof Promise)) {
      proceed(answer);
      return;
    }
    this.dialogue.hold();
    this.#socket.pause();
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    const goOn = (act: () => void): void => {
      this.#guard(act);
      if (this.#state !== 'open') return;
      if (this.#activities.isIdle) this.onIdle();
      else this.#deadline.clear();
      this.#socket.resume();
      this.#guard(() => this.dialogue.release());
    };
    const fail = (error: unknown): void => {
      throw error;
    };
    answer.then(
      (settled) => {
        if (this.#state === 'open') goOn(() => proceed(settled));
        else giveBack(settled);
      },
      (error) => goOn(() => fail(error)),
    );
  }

  // --- the connection

  /** @returns how much work all bytes have been so far */
  #onBytes(bytes: Buffer): number {
    if (this.#state !== 'open') return this.dialogue.work;
    const wasOpen = this.dialogue.isOpen;
    this.#guard(() => this.dialogue.receive(bytes));
    this.#guard(() => this.#checkAnswersAreRead());
    const isWaitingForConnect = !wasOpen && this.dialogue.isOpen && this.#client === undefined;
    if (isWaitingForConnect && this.#state === 'open')
      this.#deadline.expect('connect', this.context.deadlines.idleMs);
    return this.dialogue.work;
  }

  /** Runs what reacts to the peer's bytes: a fault of the peer's, or of ours, costs this connection and no other. */
  #guard(act: () => void): void {
    this.#socket.cork();
    try {
      act();
    } catch (error) {
      this.#farewell = 'protocol';
      if (error instanceof ProtocolError) {
        this.log.warn('protocol-error', error.message, { code: error.code, client: this.client.software });
      } else this.log.error('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.destroy();
    } finally {
      this.#socket.uncork();
    }
  }

  /** A peer that asks and asks and reads no answer must not fill the memory with them. */
  #checkAnswersAreRead(): void {
    if (this.#unreadAnswerBytes <= MAX_UNREAD_ANSWER_BYTES || this.writer.backlogBytes === 0) return;
    throw new ProtocolError(
      'RTMP_ANSWERS_UNREAD',
      `the peer does not read the answers to what it sends: ${this.#unreadAnswerBytes} bytes of them`,
    );
  }

  #answerConnect(refusal: Refusal | undefined): void {
    if (this.#state !== 'open') return;
    if (refusal === undefined) {
      this.dialogue.acceptConnect();
      this.#deadline.expect('publish or play', this.context.deadlines.idleMs);
      return;
    }
    this.context.events.onRejected(refusal.refused);
    this.log.warn('refused', refusal.description, { reason: refusal.refused, client: this.client.software });
    this.dialogue.refuseConnect(refusal.description);
    this.close(refusal.description);
  }

  #accept(): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    this.context.events.onAccepted(this);
  }

  /** Looks at a player again after a while. @param what - what it owes until then if nothing moves at all */
  #watchTraffic(what: string): void {
    this.#trafficBytes = this.receivedBytes + this.sentBytes;
    this.#pinging.expect(what, this.context.deadlines.pingMs);
  }

  /** Asks a peer that is silent and takes nothing whether it is still there; one that does not answer is not. */
  #onPingDue(what: string): void {
    if (this.receivedBytes + this.sentBytes !== this.#trafficBytes) this.#watchTraffic('sign of life');
    else if (what === PING_ANSWER) this.onMissed(what);
    else {
      this.dialogue.ping(Math.trunc(this.context.clock.now()));
      this.#watchTraffic(PING_ANSWER); // after the ping, which is no sign of life
    }
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#deadline.clear();
    this.#pinging.clear();
    this.#activities.stopAll(this.#farewell);
    this.context.events.onClosed(this);
  }
}

/** The peer has left before the answer to its wish came: what it was given is free again. */
function giveBack(answer: object): void {
  if ('stop' in answer && typeof answer.stop === 'function') answer.stop();
  if ('leave' in answer && typeof answer.leave === 'function') answer.leave('lost');
}

const unknownClient: RtmpClient = { app: '', software: '', path: [] };
