import type { Socket } from 'node:net';
import { ProtocolError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { ChunkReaderLimits } from '../protocol/rtmp/chunk-reader.ts';
import { CapsEx } from '../protocol/rtmp/enhanced.ts';
import type { MediaType } from '../protocol/rtmp/message.ts';
import { decodePath, encodePath, PATH_NAME } from '../protocol/rtmp/relay-path.ts';
import type { StreamRequest } from '../protocol/rtmp/server-commands.ts';
import {
  type ConnectRequest,
  ServerDialogue,
  type ServerDialogueHandler,
} from '../protocol/rtmp/server-dialogue.ts';
import { type Status, StatusCode } from '../protocol/rtmp/status.ts';
import { UserControlEvent } from '../protocol/rtmp/user-control.ts';
import type { Source } from '../stream/live-stream.ts';
import type { PlayEndReason } from '../stream/player.ts';
import { rtmpWireForm } from '../stream/rtmp-wire-form.ts';
import { parseStreamKey, type StreamKeyReading } from '../stream/stream-key.ts';
import type { Play, Publication } from '../stream/stream-registry.ts';
import { Allowance } from './allowance.ts';
import { Deadline } from './deadline.ts';
import { RtmpPlayer, type RtmpPlayerOwner } from './rtmp-player.ts';
import type { PlayerLeft, Session, SessionContext, SessionRole } from './session.ts';
import { SocketWriter } from './socket-writer.ts';
import { isRefusal, type Refusal } from './stream-gate.ts';

/** A peer that was told to go gets this long to read it, milliseconds. */
const FAREWELL_MS = 2000;

/** A peer may leave this many bytes of answers to its own messages unread. */
const MAX_UNREAD_ANSWER_BYTES = 256 * 1024;

/** How often a peer may ask to publish or play: so many at once, and so many a second. */
const REQUESTS_AT_ONCE = 64;
const REQUESTS_PER_SECOND = 2;

/** A peer that was refused so often on one connection has to go. */
const MAX_REFUSALS = 16;

/** What a peer may send that does not publish: all but media is small. */
const MAX_MESSAGE_BYTES_BEFORE_PUBLISH = 128 * 1024;
const MAX_PARTIAL_BYTES_BEFORE_PUBLISH = 256 * 1024;

const PING_ANSWER = 'answer to a ping';

interface Publishing {
  readonly does: 'publish';
  /** Undefined until the gate has answered. */
  publication: Publication | undefined;
  /** For the media of this publication. */
  readonly deadline: Deadline;
  readonly since: number;
}

interface Playing {
  readonly does: 'play';
  readonly player: RtmpPlayer;
  readonly since: number;
}

/** What is done on one message stream. */
type Activity = Publishing | Playing;

/** The server's side of one RTMP connection: gives the dialogue a socket, deadlines, and streams to act on. */
export class RtmpServerSession implements Session, ServerDialogueHandler, RtmpPlayerOwner {
  readonly id: string;
  readonly protocol = 'rtmp';
  readonly address: string;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  readonly #context: SessionContext;
  readonly #dialogue: ServerDialogue;
  /** What the peer must do next when nothing is published or played. */
  readonly #deadline: Deadline;
  /** When a player is looked at that may have gone. */
  readonly #pinging: Deadline;
  /** How much went to and fro when it was last looked at. */
  #trafficBytes = 0;
  readonly #limits: ChunkReaderLimits;
  /** As they are now: small until the peer publishes. */
  readonly #currentLimits: { -readonly [K in keyof ChunkReaderLimits]: ChunkReaderLimits[K] };
  readonly #requests: Allowance;
  #refusalCount = 0;
  /** Bytes of answers since the socket last had taken all. */
  #unreadAnswerBytes = 0;
  readonly #openedAt: number;
  readonly #activities = new Map<number, Activity>();
  #log: Log;
  #app = '';
  #client = '';
  /** The peer's path, where it is a relay. */
  #path: readonly string[] = [];
  #canReconnect = false;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #isAccepted = false;
  /** Why its players leave when the connection closes. */
  #farewell: PlayerLeft = 'closed';

  constructor(socket: Socket, context: SessionContext, limits: ChunkReaderLimits) {
    this.id = context.id;
    this.address = context.address;
    this.#socket = socket;
    this.#writer = new SocketWriter(socket);
    this.#context = context;
    this.#log = context.log.with({ connection: context.id, peer: context.peer });
    this.#openedAt = context.clock.now();
    this.#limits = limits;
    this.#currentLimits = {
      messageBytes: Math.min(limits.messageBytes, MAX_MESSAGE_BYTES_BEFORE_PUBLISH),
      partialBytes: Math.min(limits.partialBytes, MAX_PARTIAL_BYTES_BEFORE_PUBLISH),
      chunkStreams: limits.chunkStreams,
    };
    this.#dialogue = new ServerDialogue(this, this.#currentLimits);
    this.#requests = new Allowance(context.clock, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
    this.#deadline = new Deadline(context.clock, (what) => this.#onMissed(what));
    this.#pinging = new Deadline(context.clock, (what) => this.#onPingDue(what));
    this.#deadline.expect('handshake', context.deadlines.handshakeMs);
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    socket.on('error', (error) => this.#log.debug('socket-error', error.message));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#onClosed());
  }

  get role(): SessionRole {
    for (const activity of this.#activities.values()) {
      if (activity.does === 'publish') return activity.publication === undefined ? 'pending' : 'publisher';
      if (activity.player.isStarted) return activity.player.isRelay ? 'relay' : 'player';
      return 'waiting';
    }
    return 'pending';
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead;
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  askToReconnect(url: string | null): boolean {
    const isRelay = this.#path.length > 0;
    if (!isRelay || !this.#canReconnect || this.#state !== 'open' || this.role === 'pending') return false;
    const tcUrl =
      url === null
        ? {}
        : { tcUrl: /^\w+:\/\/[^/]+\/?$/.test(url) ? `${url.replace(/\/$/, '')}/${this.#app}` : url };
    const description = 'the relay is about to stop: go elsewhere';
    this.#dialogue.status(0, { level: 'status', code: StatusCode.reconnectRequest, description }, tcUrl);
    return true;
  }

  dismiss(reason: string): void {
    for (const [messageStreamId, activity] of [...this.#activities]) {
      if (activity.does === 'play') continue; // players are told by the end of their stream
      this.#stop(messageStreamId, 'lost');
      this.#dialogue.refusePublish(messageStreamId, failure(StatusCode.publishFailed, reason));
    }
    this.#close(reason);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // --- what the dialogue tells

  send(bytes: Buffer): void {
    if (this.#writer.backlogBytes === 0) this.#unreadAnswerBytes = 0;
    this.#unreadAnswerBytes += bytes.length;
    this.#writer.write(bytes);
  }

  onConnect({ app, flashVer, commandObject }: ConnectRequest): void {
    this.#app = app;
    this.#client = flashVer;
    this.#path = decodePath(commandObject[PATH_NAME]) ?? [];
    const { capsEx } = commandObject;
    this.#canReconnect = typeof capsEx === 'number' && (capsEx & CapsEx.reconnect) !== 0;
    const { refusal, deadlines } = this.#context;
    if (refusal !== undefined) {
      this.#reject(refusal);
      this.#dialogue.refuseConnect(refusal.description);
      this.#close(refusal.description);
      return;
    }
    this.#dialogue.acceptConnect();
    this.#deadline.expect('publish or play', deadlines.idleMs);
  }

  onPublish(request: StreamRequest): void {
    this.#countRequest();
    const readings = this.#readings(request, (problem) => this.#refusePublish(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const source: Source = {
      address: this.#context.peer,
      path: this.#path,
      onReplaced: (by) => this.#onReplaced(messageStreamId, by),
    };
    const { clock } = this.#context;
    const deadline = new Deadline(clock, (what) => this.#onMissed(what));
    const activity: Publishing = { does: 'publish', publication: undefined, deadline, since: clock.now() };
    this.#activities.set(messageStreamId, activity);
    const wish = { readings, address: this.address, path: this.#path };
    const answer = this.#context.gate.publish(wish, source);
    this.#await(answer, (settled) => {
      const isStillAsked = this.#isDoing(messageStreamId, activity);
      if (isRefusal(settled)) {
        if (isStillAsked) this.#refusePublish(request, settled);
      } else if (isStillAsked) this.#beginPublication(messageStreamId, activity, settled);
      else settled.leave('lost'); // who asked has gone meanwhile, or was replaced
    });
  }

  onPlay(request: StreamRequest): void {
    this.#countRequest();
    const readings = this.#readings(request, (problem) => this.#refusePlay(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const player = new RtmpPlayer(
      this,
      this.#writer,
      { messageStreamId, audio: true, video: true },
      this.#path,
    );
    const activity: Playing = { does: 'play', player, since: this.#context.clock.now() };
    this.#activities.set(messageStreamId, activity);
    const wish = { readings, address: this.address, path: this.#path };
    const answer = this.#context.gate.play(wish, player, rtmpWireForm(player.wish));
    this.#await(answer, (settled) => {
      const isStillAsked = this.#isDoing(messageStreamId, activity);
      if (isRefusal(settled)) {
        if (isStillAsked) this.#refusePlay(request, settled);
      } else if (isStillAsked) this.#beginPlay(player, settled);
      else settled.stop(); // who asked has gone meanwhile, or the stream has
    });
  }

  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does !== 'publish') return;
    activity.publication?.receive(type, timestamp, payload);
    activity.deadline.expect('media', this.#context.deadlines.silenceMs);
  }

  onStop(messageStreamId: number): void {
    this.#stop(messageStreamId, 'ended');
  }

  onPause(messageStreamId: number, isPaused: boolean): void {
    this.#playerOn(messageStreamId)?.play?.pause(isPaused);
  }

  onReceive(messageStreamId: number, kind: 'audio' | 'video', isWanted: boolean): void {
    const player = this.#playerOn(messageStreamId);
    if (player === undefined) return;
    player.wish = { ...player.wish, [kind]: isWanted };
    player.play?.change(rtmpWireForm(player.wish));
  }

  // --- what the players tell

  onPlayStart(player: RtmpPlayer, path: readonly string[]): void {
    const description = `playing ${this.#nameOn(player.messageStreamId)}`;
    const more = player.isRelay ? { [PATH_NAME]: this.#pathThroughHere(path) } : {};
    this.#dialogue.startPlay(player.messageStreamId, description, more);
  }

  onPlayDry(player: RtmpPlayer, isDry: boolean): void {
    const event = isDry ? UserControlEvent.streamDry : UserControlEvent.streamBegin;
    this.#dialogue.userControl(event, player.messageStreamId);
  }

  onPlayPath(player: RtmpPlayer, path: readonly string[]): void {
    this.#dialogue.data(player.messageStreamId, PATH_NAME, this.#pathThroughHere(path));
  }

  onPlayEnd(player: RtmpPlayer, reason: PlayEndReason): void {
    const { messageStreamId } = player;
    const name = this.#nameOn(messageStreamId);
    this.#activities.delete(messageStreamId);
    this.#leavePlay(player, reason);
    if (reason === 'stalled') {
      this.#log.warn('stalled', `took nothing of ${name} for too long: disconnected`, { stream: name });
      this.destroy();
      return;
    }
    if (reason === 'shutdown' && player.isRelay) {
      this.destroy(); // the stream goes on elsewhere: the relay shall not think that it has ended
      return;
    }
    this.#dialogue.endPlay(messageStreamId, endOfPlay(reason, name));
    if (reason === 'shutdown') this.#close('the relay stops');
    else this.#expectActivity();
  }

  onFirstMedia(): void {
    this.#context.events.onFirstMedia(this.#context.clock.now() - this.#openedAt);
  }

  // --- the connection

  #onBytes(bytes: Buffer): void {
    if (this.#state !== 'open') return;
    const wasOpen = this.#dialogue.isOpen;
    this.#guard(() => this.#dialogue.receive(bytes));
    this.#guard(() => this.#checkAnswersAreRead());
    if (!wasOpen && this.#dialogue.isOpen && this.#app === '' && this.#state === 'open') {
      this.#deadline.expect('connect', this.#context.deadlines.idleMs);
    }
  }

  /** Runs what reacts to the peer's bytes: a fault of the peer's, or of ours, costs this connection and no other. */
  #guard(act: () => void): void {
    this.#socket.cork();
    try {
      act();
    } catch (error) {
      this.#farewell = 'protocol';
      if (error instanceof ProtocolError) {
        this.#log.warn('protocol-error', error.message, { code: error.code, client: this.#client });
      } else this.#log.error('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.destroy();
    } finally {
      this.#socket.uncork();
    }
  }

  /** A peer that asks and asks and reads no answer must not fill the memory with them. */
  #checkAnswersAreRead(): void {
    if (this.#unreadAnswerBytes <= MAX_UNREAD_ANSWER_BYTES || this.#writer.backlogBytes === 0) return;
    throw new ProtocolError(
      'RTMP_ANSWERS_UNREAD',
      `the peer does not read the answers to what it sends: ${this.#unreadAnswerBytes} bytes of them`,
    );
  }

  #countRequest(): void {
    if (this.#requests.take()) return;
    throw new ProtocolError(
      'RTMP_REQUESTS_TOO_MANY',
      `more than ${REQUESTS_AT_ONCE} publish and play commands, limit ${REQUESTS_PER_SECOND} a second`,
    );
  }

  /** Goes on with the gate's answer, at once or when it comes; until then the peer's further messages wait. */
  #await<T extends object>(answer: T | Promise<T>, proceed: (settled: T) => void): void {
    if (!(answer instanceof Promise)) {
      proceed(answer);
      return;
    }
    this.#dialogue.hold();
    this.#socket.pause();
    this.#deadline.expect('decision about publish or play', this.#context.deadlines.idleMs);
    const settle = (act: () => void): void => {
      this.#guard(act);
      if (this.#state !== 'open') return;
      this.#expectActivity();
      this.#socket.resume();
      this.#guard(() => this.#dialogue.release());
    };
    answer.then(
      (settled) => settle(() => proceed(settled)),
      (error) =>
        settle(() => {
          throw error;
        }),
    );
  }

  /** Whether this is what goes on on the message stream, on a connection that goes on. */
  #isDoing(messageStreamId: number, activity: Activity): boolean {
    return this.#state === 'open' && this.#activities.get(messageStreamId) === activity;
  }

  #readings(
    { streamName }: StreamRequest,
    refuse: (refusal: Refusal) => void,
  ): readonly StreamKeyReading[] | undefined {
    try {
      return parseStreamKey(this.#app, streamName);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refuse({ refused: 'key', description: error.message });
      return undefined;
    }
  }

  #beginPublication(messageStreamId: number, activity: Publishing, publication: Publication): void {
    activity.publication = publication;
    Object.assign(this.#currentLimits, this.#limits);
    this.#dialogue.acceptPublish(messageStreamId, `${publication.key} is now published`);
    this.#deadline.clear();
    activity.deadline.expect('first media', this.#context.deadlines.firstMediaMs);
    this.#accept();
    const { key } = publication;
    this.#log.info('publish', `publishes ${key}`, { stream: key, client: this.#client });
  }

  #beginPlay(player: RtmpPlayer, play: Play): void {
    player.play = play;
    this.#deadline.clear();
    this.#accept();
    this.#watchTraffic('sign of life');
    const { key } = play;
    const text = player.isStarted ? `plays ${key}` : `waits for ${key}`;
    this.#log.info('play', text, { stream: key, client: this.#client });
  }

  #refusePublish({ messageStreamId }: StreamRequest, refusal: Refusal): void {
    this.#reject(refusal);
    this.#activities.delete(messageStreamId);
    const code = refusal.refused === 'conflict' ? StatusCode.publishBadName : StatusCode.publishDenied;
    this.#dialogue.refusePublish(messageStreamId, failure(code, refusal.description));
    if (this.#activities.size === 0) this.#close(refusal.description);
  }

  #refusePlay({ messageStreamId }: StreamRequest, refusal: Refusal): void {
    this.#reject(refusal);
    this.#activities.delete(messageStreamId);
    const isUnknown = unknownStream.has(refusal.refused);
    const code = isUnknown ? StatusCode.playStreamNotFound : StatusCode.playFailed;
    this.#dialogue.endPlay(messageStreamId, failure(code, refusal.description));
    if (this.#refusalCount >= MAX_REFUSALS) this.#close('refused too often');
  }

  #reject({ refused, description }: Refusal): void {
    this.#refusalCount++;
    this.#context.events.onRejected(refused);
    this.#log.warn('refused', description, { reason: refused, client: this.#client });
  }

  #accept(): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    this.#context.events.onAccepted(this);
  }

  #onReplaced(messageStreamId: number, by: Source): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does === 'publish') activity.deadline.clear();
    this.#activities.delete(messageStreamId);
    const description = `${this.#nameOn(messageStreamId)} was taken over by a publisher from ${by.address}`;
    this.#log.info('taken-over', description);
    this.#dialogue.refusePublish(messageStreamId, failure(StatusCode.publishBadName, description));
    if (this.#activities.size === 0) this.#close(description);
  }

  /** Ends what is done on a message stream, from this side. */
  #stop(messageStreamId: number, how: 'ended' | 'lost'): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity === undefined) return;
    this.#activities.delete(messageStreamId);
    if (activity.does === 'play') {
      activity.player.play?.stop();
      this.#leavePlay(activity.player, this.#farewell);
    } else {
      const { publication, deadline, since } = activity;
      deadline.clear();
      if (publication === undefined) return;
      publication.leave(how);
      const seconds = Math.round((this.#context.clock.now() - since) / 1000);
      const text = `${how === 'ended' ? 'has ended' : 'is gone from'} ${publication.key} after ${seconds} s`;
      this.#log.info('unpublish', text, { stream: publication.key, received: this.receivedBytes, how });
    }
    this.#expectActivity();
  }

  #leavePlay({ play, isStarted }: RtmpPlayer, reason: PlayerLeft): void {
    if (play === undefined) return;
    this.#context.events.onPlayerLeft(reason);
    this.#log.info('play-end', `${isStarted ? 'played' : 'waited for'} ${play.key}: ${reason}`, {
      stream: play.key,
      reason,
      sent: this.sentBytes,
    });
  }

  /** A connection on which nothing is done any more must begin something, or go. */
  #expectActivity(): void {
    if (this.#state !== 'open') return;
    let isPlaying = false;
    for (const { does } of this.#activities.values()) if (does === 'play') isPlaying = true;
    if (!isPlaying) this.#pinging.clear();
    if (this.#activities.size > 0) this.#deadline.clear();
    else this.#deadline.expect('publish or play', this.#context.deadlines.idleMs);
  }

  #playerOn(messageStreamId: number): RtmpPlayer | undefined {
    const activity = this.#activities.get(messageStreamId);
    return activity?.does === 'play' ? activity.player : undefined;
  }

  /** What a relay is told of the relays that bring its stream. */
  #pathThroughHere(path: readonly string[]): AmfValue[] {
    return encodePath([this.#context.gate.relayId, ...path]);
  }

  /** What the client calls the stream. */
  #nameOn(messageStreamId: number): string {
    return `${this.#app}/${this.#dialogue.streams.nameOf(messageStreamId)}`;
  }

  /** Looks at a player again after a while. @param what - what it owes until then if nothing moves at all */
  #watchTraffic(what: string): void {
    this.#trafficBytes = this.receivedBytes + this.sentBytes;
    this.#pinging.expect(what, this.#context.deadlines.pingMs);
  }

  /** Asks a peer that is silent and takes nothing whether it is still there; one that does not answer is not. */
  #onPingDue(what: string): void {
    if (this.receivedBytes + this.sentBytes !== this.#trafficBytes) this.#watchTraffic('sign of life');
    else if (what === PING_ANSWER) this.#onMissed(what);
    else {
      this.#dialogue.ping(Math.trunc(this.#context.clock.now()));
      this.#watchTraffic(PING_ANSWER); // after the ping, which is no sign of life
    }
  }

  #onMissed(what: string): void {
    if (this.#state === 'open') {
      this.#farewell = 'timeout';
      this.#log.warn('deadline', `no ${what} in time: disconnected`, { missed: what, client: this.#client });
    }
    this.destroy();
  }

  /** Says farewell: what was written is sent, then the connection closes, at the latest by force. */
  #close(reason: string): void {
    if (this.#state !== 'open') return;
    this.#log.debug('closing', reason);
    this.#state = 'closing';
    this.#dialogue.hold(); // what it has sent behind this is not acted on any more
    this.#pinging.clear();
    this.#deadline.expect('close', FAREWELL_MS);
    this.#socket.end();
    this.#socket.resume();
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#deadline.clear();
    this.#pinging.clear();
    for (const messageStreamId of [...this.#activities.keys()]) this.#stop(messageStreamId, 'lost');
    this.#context.events.onClosed(this);
  }
}

/** Refusals that mean that there is no such stream, rather than that it may not be played. */
const unknownStream: ReadonlySet<string> = new Set(['key', 'no-source', 'not-found']);

function failure(code: StatusCode, description: string): Status {
  return { level: 'error', code, description };
}

function endOfPlay(reason: PlayEndReason, name: string): Status {
  if (reason === 'not-found') {
    return failure(StatusCode.playStreamNotFound, `there is no stream ${name}, and none came in time`);
  }
  const description = reason === 'shutdown' ? 'the relay stops' : `${name} is no longer published`;
  return { level: 'status', code: StatusCode.playUnpublishNotify, description };
}
