import { ProtocolError } from '../../errors.ts';
import { flvFrame } from '../../family/flv/flv-frame.ts';
import { rtmpWireForm } from '../../family/flv/rtmp-wire-form.ts';
import type { Log } from '../../log.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { CommandTarget, StreamRequest } from '../../protocol/rtmp/dialogue/server-commands.ts';
import type { ServerDialogue } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import { type Status, StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import { UserControlEvent } from '../../protocol/rtmp/message/user-control.ts';
import { encodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { PlayEndReason } from '../../stream/player.ts';
import type { Source } from '../../stream/source.ts';
import { parseStreamKey, type StreamKeyReading } from '../../stream/stream-key.ts';
import type { Play, Publication } from '../../stream/stream-registry.ts';
import { Allowance } from '../allowance.ts';
import { Deadline } from '../deadline.ts';
import type { PlayerLeft, SessionContext, SessionRole } from '../session.ts';
import type { SocketWriter } from '../socket-writer.ts';
import { isRefusal, type Refusal } from '../stream-gate.ts';
import { RtmpPlayer, type RtmpPlayerOwner } from './rtmp-player.ts';

/** The client at the other end, as it described itself in connect. */
export interface RtmpClient {
  readonly app: string;
  /** What software it says it is. */
  readonly software: string;
  /** Its path, where it is a relay; else none. */
  readonly path: readonly string[];
}

/** How often a client may ask to publish or play: so many at once, and so many a second. */
const REQUESTS_AT_ONCE = 64;
const REQUESTS_PER_SECOND = 2;

/** A client that was refused so often on one connection has to go. */
const MAX_REFUSALS = 16;

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

/** The connection that the activities are on. */
export interface ActivityHost {
  readonly context: SessionContext;
  readonly dialogue: ServerDialogue;
  readonly writer: SocketWriter;
  readonly log: Log;
  readonly client: RtmpClient;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Whether the connection goes on; else nothing is begun on it any more. */
  readonly isOpen: boolean;
  /** Goes on with the gate's answer; until it is there nothing that the peer says is acted on. */
  settle<T extends object>(answer: T | Promise<T>, proceed: (settled: T) => void): void;
  /** A publish was accepted. */
  onPublishing(): void;
  /** The client has not done this in time. */
  onMissed(what: string): void;
  /** A play was accepted. */
  onPlaying(): void;
  /** Nothing is done on the connection any more. */
  onIdle(): void;
  onFirstMedia(): void;
  close(reason: string): void;
  destroy(): void;
}

/** Everything that one RTMP client publishes and plays, by message stream. */
export class RtmpActivities implements Omit<CommandTarget, 'send'>, RtmpPlayerOwner {
  readonly #host: ActivityHost;
  readonly #activities = new Map<number, Activity>();
  readonly #requests: Allowance;
  #refusalCount = 0;

  constructor(host: ActivityHost) {
    this.#host = host;
    this.#requests = new Allowance(host.context.clock, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
  }

  /** Whether nothing is done or asked for. */
  get isIdle(): boolean {
    return this.#activities.size === 0;
  }

  get role(): SessionRole {
    for (const activity of this.#activities.values()) {
      if (activity.does === 'publish') return activity.publication === undefined ? 'pending' : 'publisher';
      if (activity.player.play === undefined) return 'pending'; // the gate has not answered
      if (activity.player.isStarted) return activity.player.isRelay ? 'relay' : 'player';
      return 'waiting';
    }
    return 'pending';
  }

  /** Ends every publication from this side: the publisher may come back elsewhere. Players are told by the end of their stream. */
  dismissPublishers(reason: string): void {
    for (const [messageStreamId, activity] of [...this.#activities]) {
      if (activity.does === 'play') continue;
      this.#stop(messageStreamId, 'lost', 'shutdown');
      this.#host.dialogue.refusePublish(messageStreamId, failure(StatusCode.publishFailed, reason));
    }
  }

  /** The connection is gone. @param why - why its players leave */
  stopAll(why: PlayerLeft): void {
    for (const messageStreamId of [...this.#activities.keys()]) this.#stop(messageStreamId, 'lost', why);
  }

  // --- what the client wants

  onPublish(request: StreamRequest): void {
    this.#countRequest();
    const readings = this.#readings(request, (problem) => this.#refusePublish(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const { context, client, settle } = this.#host;
    const source: Source = {
      address: context.peer,
      path: client.path,
      onReplaced: (by) => this.#onReplaced(messageStreamId, by),
    };
    const activity: Publishing = {
      does: 'publish',
      publication: undefined,
      deadline: new Deadline(context.clock, (what) => this.#host.onMissed(what)),
      since: context.clock.now(),
    };
    this.#activities.set(messageStreamId, activity);
    const wish = { readings, address: context.address, path: client.path };
    settle.call(this.#host, context.gate.publish(wish, source), (settled) => {
      const isStillAsked = this.#isDoing(messageStreamId, activity);
      if (isRefusal(settled)) {
        if (isStillAsked) this.#refusePublish(request, settled);
      } else if (isStillAsked) this.#beginPublication(messageStreamId, activity, settled as Publication);
      else (settled as Publication).leave('lost'); // who asked has gone meanwhile, or was replaced
    });
  }

  onPlay(request: StreamRequest): void {
    this.#countRequest();
    const readings = this.#readings(request, (problem) => this.#refusePlay(request, problem));
    if (readings === undefined) return;
    const { messageStreamId } = request;
    const { context, client, settle, writer } = this.#host;
    const player = new RtmpPlayer(this, writer, { messageStreamId, audio: true, video: true }, client.path);
    const activity: Playing = { does: 'play', player, since: context.clock.now() };
    this.#activities.set(messageStreamId, activity);
    const wish = { readings, address: context.address, path: client.path };
    settle.call(this.#host, context.gate.play(wish, player, rtmpWireForm(player.wish)), (settled) => {
      const isStillAsked = this.#isDoing(messageStreamId, activity);
      if (isRefusal(settled)) {
        if (isStillAsked) this.#refusePlay(request, settled);
      } else if (isStillAsked) this.#beginPlay(player, settled as Play);
      else (settled as Play).stop(); // who asked has gone meanwhile, or the stream has
    });
  }

  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does !== 'publish') return;
    activity.publication?.receive(flvFrame(type, timestamp, payload));
    activity.deadline.expect('media', this.#host.context.deadlines.silenceMs);
  }

  onStop(messageStreamId: number): void {
    this.#stop(messageStreamId, 'ended', 'closed');
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
    this.#host.dialogue.startPlay(player.messageStreamId, description, more);
  }

  onPlayDry(player: RtmpPlayer, isDry: boolean): void {
    const event = isDry ? UserControlEvent.streamDry : UserControlEvent.streamBegin;
    this.#host.dialogue.userControl(event, player.messageStreamId);
  }

  onPlayPath(player: RtmpPlayer, path: readonly string[]): void {
    this.#host.dialogue.data(player.messageStreamId, PATH_NAME, this.#pathThroughHere(path));
  }

  onPlayEnd(player: RtmpPlayer, reason: PlayEndReason): void {
    const { messageStreamId } = player;
    const name = this.#nameOn(messageStreamId);
    this.#activities.delete(messageStreamId);
    this.#leavePlay(player, reason);
    const { dialogue, log } = this.#host;
    if (reason === 'stalled')
      log.warn('stalled', `took nothing of ${name} for too long: disconnected`, { stream: name });
    // when this relay stops, the stream goes on elsewhere: a relay downstream shall not think that it has ended
    if (reason === 'stalled' || (reason === 'shutdown' && player.isRelay)) this.#host.destroy();
    else {
      dialogue.endPlay(messageStreamId, endOfPlay(reason, name));
      if (reason === 'shutdown') this.#host.close('the relay stops');
      else this.#checkIdle();
    }
  }

  onFirstMedia(): void {
    this.#host.onFirstMedia();
  }

  // --- beginning and ending

  #countRequest(): void {
    if (this.#requests.take()) return;
    throw new ProtocolError(
      'RTMP_REQUESTS_TOO_MANY',
      `more than ${REQUESTS_AT_ONCE} publish and play commands, limit ${REQUESTS_PER_SECOND} a second`,
    );
  }

  /** Whether this is what goes on on the message stream, on a connection that goes on. */
  #isDoing(messageStreamId: number, activity: Activity): boolean {
    return this.#host.isOpen && this.#activities.get(messageStreamId) === activity;
  }

  #readings(
    { streamName }: StreamRequest,
    refuse: (refusal: Refusal) => void,
  ): readonly StreamKeyReading[] | undefined {
    try {
      return parseStreamKey(this.#host.client.app, streamName);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refuse({ refused: 'key', description: error.message });
      return undefined;
    }
  }

  #beginPublication(messageStreamId: number, activity: Publishing, publication: Publication): void {
    activity.publication = publication;
    activity.deadline.expect('first media', this.#host.context.deadlines.firstMediaMs);
    const { key } = publication;
    this.#host.dialogue.acceptPublish(messageStreamId, `${key} is now published`);
    this.#host.onPublishing();
    this.#host.log.info('publish', `publishes ${key}`, { stream: key, client: this.#host.client.software });
  }

  #beginPlay(player: RtmpPlayer, play: Play): void {
    player.play = play;
    this.#host.onPlaying();
    const { key } = play;
    const text = play.isLive ? `plays ${key}` : `waits for ${key}`;
    this.#host.log.info('play', text, { stream: key, client: this.#host.client.software });
  }

  #refusePublish({ messageStreamId }: StreamRequest, refusal: Refusal): void {
    this.#reject(refusal);
    this.#activities.delete(messageStreamId);
    const code = refusal.refused === 'conflict' ? StatusCode.publishBadName : StatusCode.publishDenied;
    this.#host.dialogue.refusePublish(messageStreamId, failure(code, refusal.description));
    if (this.#activities.size === 0) this.#host.close(refusal.description);
  }

  #refusePlay({ messageStreamId }: StreamRequest, refusal: Refusal): void {
    this.#reject(refusal);
    this.#activities.delete(messageStreamId);
    const code = unknownStream.has(refusal.refused) ? StatusCode.playStreamNotFound : StatusCode.playFailed;
    this.#host.dialogue.endPlay(messageStreamId, failure(code, refusal.description));
    if (this.#refusalCount >= MAX_REFUSALS) this.#host.close('refused too often');
  }

  #reject({ refused, description }: Refusal): void {
    this.#refusalCount++;
    this.#host.context.events.onRejected(refused);
    this.#host.log.warn('refused', description, { reason: refused, client: this.#host.client.software });
  }

  #onReplaced(messageStreamId: number, by: Source): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity?.does === 'publish') activity.deadline.clear();
    this.#activities.delete(messageStreamId);
    const description = `${this.#nameOn(messageStreamId)} was taken over by a publisher from ${by.address}`;
    this.#host.log.info('taken-over', description);
    this.#host.dialogue.refusePublish(messageStreamId, failure(StatusCode.publishBadName, description));
    if (this.#activities.size === 0) this.#host.close(description);
  }

  /** Ends what is done on a message stream. @param why - why a player leaves, if it is one */
  #stop(messageStreamId: number, how: 'ended' | 'lost', why: PlayerLeft): void {
    const activity = this.#activities.get(messageStreamId);
    if (activity === undefined) return;
    this.#activities.delete(messageStreamId);
    if (activity.does === 'play') {
      activity.player.play?.stop();
      this.#leavePlay(activity.player, why);
    } else {
      activity.deadline.clear();
      if (activity.publication !== undefined)
        this.#leavePublication(activity.publication, how, activity.since);
    }
    this.#checkIdle();
  }

  #leavePublication(publication: Publication, how: 'ended' | 'lost', since: number): void {
    publication.leave(how);
    const { context, log, receivedBytes } = this.#host;
    const seconds = Math.round((context.clock.now() - since) / 1000);
    const text = `${how === 'ended' ? 'has ended' : 'is gone from'} ${publication.key} after ${seconds} s`;
    log.info('unpublish', text, { stream: publication.key, received: receivedBytes, how });
  }

  #leavePlay({ play, isStarted }: RtmpPlayer, reason: PlayerLeft): void {
    if (play === undefined) return;
    const { context, log, sentBytes } = this.#host;
    context.events.onPlayerLeft(reason);
    log.info('play-end', `${isStarted ? 'played' : 'waited for'} ${play.key}: ${reason}`, {
      stream: play.key,
      reason,
      sent: sentBytes,
    });
  }

  #checkIdle(): void {
    if (this.#activities.size === 0) this.#host.onIdle();
  }

  #playerOn(messageStreamId: number): RtmpPlayer | undefined {
    const activity = this.#activities.get(messageStreamId);
    return activity?.does === 'play' ? activity.player : undefined;
  }

  /** What a relay is told of the relays that bring its stream. */
  #pathThroughHere(path: readonly string[]): AmfValue[] {
    return encodePath([this.#host.context.gate.relayId, ...path]);
  }

  /** What the client calls the stream. */
  #nameOn(messageStreamId: number): string {
    const names = [this.#host.client.app, this.#host.dialogue.streams.nameOf(messageStreamId)];
    return names.map((name) => name.split('?', 1)[0]).join('/'); // a query may be what lets the client in
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
