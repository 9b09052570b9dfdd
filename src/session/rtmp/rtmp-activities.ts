import { ProtocolError } from '../../errors.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { PeerCall } from '../../protocol/rtmp/dialogue/open-calls.ts';
import type { StreamRequest } from '../../protocol/rtmp/dialogue/server-commands.ts';
import type { ConnectRequest, ServerDialogueHandler } from '../../protocol/rtmp/dialogue/server-dialogue.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import { parseStreamKey } from '../../stream/stream-key.ts';
import type { Refusal } from '../access.ts';
import { Allowance } from '../allowance.ts';
import type { PublishWish } from '../publishing.ts';
import type { PlayerLeft, Revocation, SessionActivity, SessionRole } from '../session.ts';
import type { MessageStreamUse, OtherActivities, RtmpDeed, RtmpDeeds, RtmpHost } from './rtmp-activity.ts';
import { RtmpPlay } from './rtmp-play.ts';
import { RtmpPublication } from './rtmp-publication.ts';

/** How often a client may ask to publish or play: so many at once, and so many a second. */
const REQUESTS_AT_ONCE = 64;
const REQUESTS_PER_SECOND = 2;

/** A client that was refused so often on one connection has to go. */
const MAX_REFUSALS = 16;

/** Streams are kept here. */
export const ownDeeds: RtmpDeeds = {
  play: (others, messageStreamId, name) => new RtmpPlay(others, messageStreamId, name),
  publish: (others, messageStreamId, name) => new RtmpPublication(others, messageStreamId, name),
};

/** Everything that one RTMP client publishes and plays, by message stream. */
export class RtmpActivities implements ServerDialogueHandler, OtherActivities {
  readonly host: RtmpHost;
  readonly #deeds: RtmpDeeds;
  readonly #activities = new Map<number, MessageStreamUse>();
  readonly #requests: Allowance;
  #refusalCount = 0;

  constructor(host: RtmpHost, deeds: RtmpDeeds) {
    this.host = host;
    this.#deeds = deeds;
    this.#requests = new Allowance(host.context.clock, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
  }

  get role(): SessionRole {
    for (const { activity } of this.#activities.values()) return activity.role;
    return 'pending';
  }

  *list(): Generator<SessionActivity> {
    for (const { activity } of this.#activities.values()) yield activity;
  }

  /** Ends every publication from this side: the publisher may come back elsewhere. Players are told by the end of their stream. */
  dismissPublishers(reason: string): void {
    for (const { activity } of [...this.#activities.values()])
      if (activity.verb === 'publish') activity.dismiss(reason);
  }

  /** Ends everything from this side, with a word to the client. */
  revokeAll(reason: string, as: Revocation): void {
    for (const { activity } of [...this.#activities.values()]) activity.revoke(reason, as);
  }

  /** The connection is gone, and why. */
  leaveAll(why: PlayerLeft): void {
    for (const { activity } of this.#activities.values()) activity.leave(why);
    this.#activities.clear();
  }

  // --- what the client wants

  send(bytes: Buffer): void {
    this.host.send(bytes);
  }

  onConnect(request: ConnectRequest): void {
    this.host.onConnect(request);
  }

  onCall(call: PeerCall): void {
    this.host.onCall?.(call);
  }

  onPublish(request: StreamRequest): void {
    this.#begin(request, this.#use('publish', request));
  }

  onPlay(request: StreamRequest): void {
    this.#begin(request, this.#use('play', request));
  }

  onMedia(messageStreamId: number, type: MediaType, timestamp: number, payload: Buffer): void {
    this.#activities.get(messageStreamId)?.onMedia(type, timestamp, payload);
  }

  onStop(messageStreamId: number): void {
    const activity = this.#activities.get(messageStreamId)?.activity;
    if (activity === undefined) return;
    this.onOver(messageStreamId);
    activity.leave(activity.verb === 'publish' ? 'ended' : 'closed');
    this.checkIdle();
  }

  onPause(messageStreamId: number, isPaused: boolean, timeMs: number): void {
    this.#activities.get(messageStreamId)?.pause(isPaused, timeMs);
  }

  onSeek(messageStreamId: number, timeMs: number): boolean {
    return this.#activities.get(messageStreamId)?.seek?.(timeMs) ?? false;
  }

  onLength(transactionId: number, streamName: string): boolean {
    if (this.#deeds.length === undefined) return false;
    this.#takeRequest();
    return this.#deeds.length(this.host, transactionId, streamName);
  }

  /** Players say it when they ask to play, before that is granted or behind it. */
  onBufferLength(messageStreamId: number, ms: number): void {
    this.#activities.get(messageStreamId)?.buffer?.(ms);
  }

  onReceive(messageStreamId: number, kind: 'audio' | 'video', isWanted: boolean): void {
    this.#activities.get(messageStreamId)?.receive(kind, isWanted);
  }

  // --- what the activities tell

  onOver(messageStreamId: number): void {
    this.#activities.delete(messageStreamId);
  }

  onDenied(verb: 'play' | 'publish', description: string): void {
    this.#refusalCount++;
    if (verb === 'publish') this.closeIfIdle(description);
    if (this.#refusalCount >= MAX_REFUSALS)
      this.host.close('too many requests on this connection were refused');
  }

  checkIdle(): void {
    if (this.#activities.size === 0) this.host.onIdle();
  }

  closeIfIdle(reason: string): void {
    if (this.#activities.size === 0) this.host.close(reason);
  }

  // --- beginning

  #begin(request: StreamRequest, use: MessageStreamUse): void {
    this.#takeRequest();
    const wish = this.#wishOf(request, use.activity.verb);
    if ('refused' in wish) {
      this.#refuse(use, wish);
      return;
    }
    const overLimit = this.#overLimit(use);
    if (overLimit !== undefined) {
      this.#refuse(use, overLimit, wish.readings[0]?.key);
      return;
    }
    this.#activities.set(request.messageStreamId, use);
    this.host.hold();
    use.activity.begin(wish);
  }

  #takeRequest(): void {
    if (this.#requests.take()) return;
    throw new ProtocolError(
      'RTMP_REQUESTS_TOO_MANY',
      `more than ${REQUESTS_AT_ONCE} publish and play commands at once, or ${REQUESTS_PER_SECOND} a second`,
    );
  }

  #use(does: 'publish' | 'play', request: StreamRequest): MessageStreamUse {
    return this.#deeds[does](this, request.messageStreamId, this.#nameOf(request), request.args);
  }

  /** @param stream - what was asked for, where that can be read */
  #refuse(use: MessageStreamUse, refusal: Refusal, stream?: string): void {
    this.host.reject(refusal, stream);
    use.onDenied(refusal);
  }

  /** Why there can be no more of the kind on one connection. */
  #overLimit({ activity: { verb } }: MessageStreamUse): Refusal | undefined {
    const { playsPerConnection, publicationsPerConnection } = this.host.context.limits;
    const isPublication = verb === 'publish';
    let count = 0;
    for (const { activity } of this.#activities.values())
      if ((activity.verb === 'publish') === isPublication) count++;
    if (count < (isPublication ? publicationsPerConnection : playsPerConnection)) return undefined;
    const [refused, does] = isPublication
      ? (['publication-limit', 'publishes'] as const)
      : (['play-limit', 'plays'] as const);
    const description = `this connection already ${does} ${count} streams, the most that is allowed`;
    return { refused, description };
  }

  #wishOf({ streamName, args: [how] }: StreamRequest, verb: RtmpDeed['verb']): PublishWish | Refusal {
    const { app, credentials, path } = this.host;
    try {
      const record = verb === 'publish' ? recordedRun(how) : undefined;
      return { readings: parseStreamKey(app, streamName), path, credentials, origin: undefined, record };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { refused: 'key', description: error.message };
    }
  }

  /** What the client calls the stream; a query may be what lets it in. */
  #nameOf({ streamName }: StreamRequest): string {
    return [this.host.app, streamName].map((name) => name.split('?', 1)[0]).join('/');
  }
}

/** What a publish type says about recording. */
function recordedRun(type: AmfValue): PublishWish['record'] {
  if (type === 'record') return 'new';
  return type === 'append' ? 'latest' : undefined;
}
