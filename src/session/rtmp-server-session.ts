import type { Socket } from 'node:net';
import { ProtocolError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ChunkReaderLimits } from '../protocol/rtmp/chunk-reader.ts';
import type { MediaType } from '../protocol/rtmp/message.ts';
import type { StreamRequest } from '../protocol/rtmp/server-commands.ts';
import {
  type ConnectRequest,
  ServerDialogue,
  type ServerDialogueHandler,
} from '../protocol/rtmp/server-dialogue.ts';
import { type Status, StatusCode } from '../protocol/rtmp/status.ts';
import type { Source } from '../stream/live-stream.ts';
import type { PlayEndReason } from '../stream/player.ts';
import { rtmpWireForm } from '../stream/rtmp-wire-form.ts';
import { parseStreamKey, type StreamKeyReading } from '../stream/stream-key.ts';
import type { Play, Publication } from '../stream/stream-registry.ts';
import { Deadline } from './deadline.ts';
import { RtmpPlayer, type RtmpPlayerOwner } from './rtmp-player.ts';
import type { PlayerLeft, Session, SessionContext, SessionRole } from './session.ts';
import { SocketWriter } from './socket-writer.ts';
import { isRefusal, type Refusal } from './stream-gate.ts';

/** A peer that was told to go gets this long to read it, milliseconds. */
const FAREWELL_MS = 2000;

/** What is done on one message stream. */
type Activity =
  | { readonly does: 'publish'; publication: Publication | undefined; readonly since: number }
  | { readonly does: 'play'; readonly player: RtmpPlayer; readonly since: number };

/** The server's side of one RTMP connection: gives the dialogue a socket, deadlines, and streams to act on. */
export class RtmpServerSession implements Session, ServerDialogueHandler, RtmpPlayerOwner {
  readonly id: string;
  readonly protocol = 'rtmp';
  readonly address: string;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  readonly #context: SessionContext;
  readonly #dialogue: ServerDialogue;
  readonly #deadline: Deadline;
  readonly #openedAt: number;
  readonly #activities = new Map<number, Activity>();
  #log: Log;
  #app = '';
  #client = '';
  #state: 'open' | 'closing' | 'closed' = 'open';
  #isAccepted = false;
  #stopPinging: () => void = () => {};
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
    this.#dialogue = new ServerDialogue(this, limits);
    this.#deadline = new Deadline(context.clock, (what) => this.#onMissed(what));
    this.#deadline.expect('handshake', context.deadlines.handshakeMs);
    socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    socket.on('error', (error) => this.#log.debug('socket-error', error.message));
    socket.on('end', () => this.destroy());
    socket.on('close', () => this.#onClosed());
  }

  get role(): SessionRole {
    for (const activity of this.#activities.values()) {
      if (activity.does === 'publish') return 'publisher';
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
    this.#writer.write(bytes);
  }

  onConnect({ app, flashVer }: ConnectRequest): void {
    this.#app = app;
    this.#client = flashVer;
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
    const readings = this.#readings(request, (problem) => this.#refusePublish(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const source: Source = {
      address: this.#context.peer,
      onReplaced: (by) => this.#onReplaced(messageStreamId, by),
    };
    const since = this.#context.clock.now();
    this.#activities.set(messageStreamId, { does: 'publish', publication: undefined, since });
    const answer = this.#context.gate.publish({ readings, address: this.address }, source);
    this.#await(answer, (settled) => {
      if (isRefusal(settled)) this.#refusePublish(request, settled);
      else this.#beginPublication(messageStreamId, settled);
    });
  }

  onPlay(request: StreamRequest): void {
    const readings = this.#readings(request, (problem) => this.#refusePlay(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const player = new RtmpPlayer(this, this.#writer, { messageStreamId, audio: true, video: true }, false);
    const now = this.#context.clock.now();
    this.#activities.set(messageStreamId, { does: 'play', player, since: now });
    const wish = { readings, address: this.address };
    const answer = this.#context.gate.play(wish, player, rtmpWireForm(player.wish));
    this.#await(answer, (settled) => {
      if (isRefusal(settled)) this.#refusePlay(request, settled);
      else this.#beginPlay(player, settled);
    });
  }

  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does !== 'publish') return;
    activity.publication?.receive(type, timestamp, payload);
    this.#deadline.expect('media', this.#context.deadlines.silenceMs);
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

  onPlayStart(player: RtmpPlayer): void {
    this.#dialogue.startPlay(player.messageStreamId, `playing ${this.#nameOn(player.messageStreamId)}`);
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

  /** Goes on with the gate's answer, at once or when it comes; until then the peer's further messages wait. */
  #await<T extends object>(answer: T | Promise<T>, proceed: (settled: T) => void): void {
    if (!(answer instanceof Promise)) {
      proceed(answer);
      return;
    }
    this.#dialogue.hold();
    this.#socket.pause();
    const settle = (act: () => void): void => {
      if (this.#state === 'open') this.#guard(act);
      if (this.#state !== 'open') return;
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

  #beginPublication(messageStreamId: number, publication: Publication): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does === 'publish') activity.publication = publication;
    this.#dialogue.acceptPublish(messageStreamId, `${publication.key} is now published`);
    this.#deadline.expect('first media', this.#context.deadlines.firstMediaMs);
    this.#accept();
    const { key } = publication;
    this.#log.info('publish', `publishes ${key}`, { stream: key, client: this.#client });
  }

  #beginPlay(player: RtmpPlayer, play: Play): void {
    player.play = play;
    this.#deadline.clear();
    this.#accept();
    this.#schedulePing();
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
    const isUnknown = refusal.refused === 'key' || refusal.refused === 'no-source';
    const code = isUnknown ? StatusCode.playStreamNotFound : StatusCode.playFailed;
    this.#dialogue.endPlay(messageStreamId, failure(code, refusal.description));
  }

  #reject({ refused, description }: Refusal): void {
    this.#context.events.onRejected(refused);
    this.#log.warn('refused', description, { reason: refused, client: this.#client });
  }

  #accept(): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    this.#context.events.onAccepted(this);
  }

  #onReplaced(messageStreamId: number, by: Source): void {
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
      const { publication, since } = activity;
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
    if (this.#activities.size > 0 || this.#state !== 'open') return;
    this.#stopPinging();
    this.#deadline.expect('publish or play', this.#context.deadlines.idleMs);
  }

  #playerOn(messageStreamId: number): RtmpPlayer | undefined {
    const activity = this.#activities.get(messageStreamId);
    return activity?.does === 'play' ? activity.player : undefined;
  }

  /** What the client calls the stream. */
  #nameOn(messageStreamId: number): string {
    return `${this.#app}/${this.#dialogue.streams.nameOf(messageStreamId)}`;
  }

  /** Asks a peer that is silent and takes nothing whether it is still there; one that does not answer is not. */
  #schedulePing(wasAsked = false): void {
    this.#stopPinging();
    const { receivedBytes, sentBytes } = this;
    this.#stopPinging = this.#context.clock.after(this.#context.deadlines.pingMs, () => {
      const isSilent = this.receivedBytes === receivedBytes && this.sentBytes <= sentBytes;
      if (isSilent && wasAsked) this.#onMissed('answer to a ping');
      else {
        this.#schedulePing(isSilent);
        if (isSilent) this.#dialogue.ping(Math.trunc(this.#context.clock.now()));
      }
    });
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
    this.#stopPinging();
    this.#deadline.expect('close', FAREWELL_MS);
    this.#socket.end();
    this.#socket.resume();
  }

  #onClosed(): void {
    this.#state = 'closed';
    this.#deadline.clear();
    this.#stopPinging();
    for (const messageStreamId of [...this.#activities.keys()]) this.#stop(messageStreamId, 'lost');
    this.#context.events.onClosed(this);
  }
}

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
