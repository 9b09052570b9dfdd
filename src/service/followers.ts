import { bugText } from '../errors.ts';
import type { Log } from '../log.ts';
import type { SessionEvents } from '../session/session.ts';
import type { LiveStream } from '../stream/live-stream.ts';
import type { RecordingNews } from './recording/recording-news.ts';

/** A connection of this relay to another server, as followers are told of it. */
export interface FollowedLink {
  /** The stream that it is about. */
  readonly key: string;
  /** Without anything that may be secret. */
  readonly url: string;
}

/** Hears what comes, moves and goes in this thread; of sessions, what they tell. What it does not care for it leaves out. */
export interface Follower extends Partial<SessionEvents>, Partial<RecordingNews> {
  /** Media comes: once for each stream until it has ended, in the thread that keeps it. */
  onStreamLive?(stream: LiveStream): void;
  /** A stream has lost its source: it goes on, or ends. */
  onStreamAway?(stream: LiveStream): void;
  /** A stream goes on that was away, or that has another source now. */
  onStreamMoved?(stream: LiveStream): void;
  /** A stream is over that was live. */
  onStreamEnded?(stream: LiveStream): void;
  /** A stream that is pulled comes from this server. */
  onUpstreamFlowing?(upstream: FollowedLink): void;
  /** It comes from another server now, without having been lost. */
  onUpstreamMoved?(upstream: FollowedLink): void;
  /** It comes no more. @param why - for people */
  onUpstreamLost?(upstream: FollowedLink, why: string): void;
  /** A server takes the stream that is forwarded to it. */
  onForwardFlowing?(forward: FollowedLink): void;
  /** It takes it no more. @param why - for people */
  onForwardLost?(forward: FollowedLink, why: string): void;
}

type Tell<Event extends keyof Follower> = Required<Follower>[Event];

/** Tells every follower what it cares for, in the order in which they came; one that throws harms neither the others nor the teller. */
export class Followers implements SessionEvents, RecordingNews {
  readonly #log: Log;
  readonly #followers = new Set<Follower>();
  readonly #live = new Set<LiveStream>();
  /** Where each stream that is pulled comes from, by its key. */
  readonly #upstreams = new Map<string, FollowedLink>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells this one, too, from now on. @returns tells it nothing any more */
  add(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** A source has begun to send. A copy of a stream that another thread or relay keeps is told by that one. */
  onLive(stream: LiveStream): void {
    if (stream.source?.isCopy || stream.source?.isInherited) {
      this.onEnd(stream); // if it was kept here until now
    } else if (this.#live.has(stream)) {
      this.#tell((follower) => follower.onStreamMoved?.(stream));
    } else {
      this.#live.add(stream);
      this.#tell((follower) => follower.onStreamLive?.(stream));
    }
  }

  /** The source is gone; the stream is not over. */
  onAway(stream: LiveStream): void {
    if (this.#live.has(stream)) this.#tell((follower) => follower.onStreamAway?.(stream));
  }

  /** The stream is over. */
  onEnd(stream: LiveStream): void {
    if (this.#live.delete(stream)) this.#tell((follower) => follower.onStreamEnded?.(stream));
  }

  onUpstreamFlowing(upstream: FollowedLink): void {
    const before = this.#upstreams.get(upstream.key);
    this.#upstreams.set(upstream.key, upstream);
    if (before === undefined) this.#tell((follower) => follower.onUpstreamFlowing?.(upstream));
    else if (before.url !== upstream.url) this.#tell((follower) => follower.onUpstreamMoved?.(upstream));
  }

  /** No server brings the stream of this key any more. */
  onUpstreamLost(key: string, why: string): void {
    const upstream = this.#upstreams.get(key);
    if (upstream === undefined) return;
    this.#upstreams.delete(key);
    this.#tell((follower) => follower.onUpstreamLost?.(upstream, why));
  }

  // what is told as it comes
  readonly onForwardFlowing: Tell<'onForwardFlowing'> = (to) =>
    this.#tell((one) => one.onForwardFlowing?.(to));
  readonly onForwardLost: Tell<'onForwardLost'> = (to, why) =>
    this.#tell((one) => one.onForwardLost?.(to, why));
  readonly onRecordingBegun: Tell<'onRecordingBegun'> = (recording) =>
    this.#tell((one) => one.onRecordingBegun?.(recording));
  readonly onRecordingDone: Tell<'onRecordingDone'> = (...told) =>
    this.#tell((one) => one.onRecordingDone?.(...told));
  readonly onRecordingExpired: Tell<'onRecordingExpired'> = (recording) =>
    this.#tell((one) => one.onRecordingExpired?.(recording));
  readonly onRecordingUploaded: Tell<'onRecordingUploaded'> = (recording) =>
    this.#tell((one) => one.onRecordingUploaded?.(recording));
  readonly onRecordingNotUploaded: Tell<'onRecordingNotUploaded'> = (...told) =>
    this.#tell((one) => one.onRecordingNotUploaded?.(...told));
  readonly onUploads: Tell<'onUploads'> = (...told) => this.#tell((one) => one.onUploads?.(...told));
  readonly onRecordingGap: Tell<'onRecordingGap'> = (...told) =>
    this.#tell((one) => one.onRecordingGap?.(...told));
  readonly onStore: Tell<'onStore'> = (...told) => this.#tell((one) => one.onStore?.(...told));
  readonly onAccepted: Tell<'onAccepted'> = (session) => this.#tell((one) => one.onAccepted?.(session));
  readonly onIdle: Tell<'onIdle'> = (session) => this.#tell((one) => one.onIdle?.(session));
  readonly onRejected: Tell<'onRejected'> = (reason, request) =>
    this.#tell((one) => one.onRejected?.(reason, request));
  readonly onBegun: Tell<'onBegun'> = (activity) => this.#tell((one) => one.onBegun?.(activity));
  readonly onGoesOn: Tell<'onGoesOn'> = (activity) => this.#tell((one) => one.onGoesOn?.(activity));
  readonly onOver: Tell<'onOver'> = (activity, reason) => this.#tell((one) => one.onOver?.(activity, reason));
  readonly onFirstMedia: Tell<'onFirstMedia'> = (ms) => this.#tell((one) => one.onFirstMedia?.(ms));
  readonly onReported: Tell<'onReported'> = (report) => this.#tell((one) => one.onReported?.(report));
  readonly onCalled: Tell<'onCalled'> = (direction, outcome) =>
    this.#tell((one) => one.onCalled?.(direction, outcome));
  readonly onClosed: Tell<'onClosed'> = (session) => this.#tell((one) => one.onClosed?.(session));

  #tell(news: (follower: Follower) => void): void {
    for (const follower of this.#followers) {
      try {
        news(follower);
      } catch (error) {
        this.#log.error('bug', bugText(error));
      }
    }
  }
}
