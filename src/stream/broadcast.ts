import { KeyframeGroup } from './cache/keyframe-group.ts';
import { MAX_PREFACE_BYTES, PrefaceStore } from './cache/preface-store.ts';
import type { Clock } from './clock.ts';
import { Cohorts } from './fan-out/cohorts.ts';
import type { FlushQueue } from './fan-out/flush-queue.ts';
import type { MediaKinds } from './fan-out/wire-form.ts';
import {
  type Frame,
  type FrameKind,
  hasAudio,
  hasVideo,
  isPassing,
  isPreface,
  type OtherFrame,
  type PrefaceFrame,
  videoFramesIn,
} from './frame.ts';
import { FrameTaps } from './frame-taps.ts';
import type { LiveStreamSettings } from './live-stream-settings.ts';
import type { MediaFamily } from './media-family.ts';
import { ownMemory } from './own-memory.ts';
import type { Player } from './player.ts';
import { KeptFrames } from './resuming/kept-frames.ts';
import type { ResumePoint } from './resuming/resume-point.ts';
import { Resumption } from './resuming/resumption.ts';
import { Slab } from './slab.ts';
import { Timeline } from './timeline.ts';

/** A source that sends nothing for this long is dry, milliseconds: less than any patience of a relay downstream. */
const DRY_MS = 500;

/** What one stream has done so far. */
export interface StreamTotals {
  receivedBytes: number;
  sentBytes: number;
  /** How much of that other threads have sent, counted here when they were done with it. */
  sentElsewhere: number;
  receivedFrames: number;
  /** Those of them with video that went out. */
  videoFrames: number;
  droppedFrames: number;
}

/** What a broadcast tells the stream that it belongs to. */
export interface BroadcastOwner {
  /** The first frame of a source comes, and with it the family of what follows. */
  onFamily(family: MediaFamily): void;
  /** A frame to be decoded is about to go out, while the broadcast is not live. */
  onCoded(): void;
  /** Relays downstream are to hear that there is nothing to send, or again something. */
  onDry(isDry: boolean): void;
  onFlush(delayMs: number): void;
  /** A player asked to go on where it was. @param isKept - whether that is known here */
  onResumeAsked(isKept: boolean): void;
  /** A header is about to change, and these players cannot go on with the one that comes. */
  onUnable(players: readonly Player[]): void;
  /** A new source that might have gone on where the one before was does so. */
  onGoesOn(): void;
  /** It does not: the stream is to start over. */
  onOther(): void;
}

/** What goes out of a stream: the frames of its sources on one timeline, to players, to taps and to those who join late. */
export class Broadcast {
  readonly totals: StreamTotals = {
    receivedBytes: 0,
    sentBytes: 0,
    sentElsewhere: 0,
    receivedFrames: 0,
    videoFrames: 0,
    droppedFrames: 0,
  };
  readonly taps: FrameTaps = new FrameTaps();
  readonly fanOut: Cohorts;
  /** What players and taps that come late are given. */
  readonly cache: KeyframeGroup;
  readonly #clock: Clock;
  readonly #settings: LiveStreamSettings;
  readonly #owner: BroadcastOwner;
  /** Metadata and headers that wait for the frame whose time they take, by what they replace. */
  readonly #held: PrefaceStore;
  /** The kinds of media that the source has sent. */
  #kinds = { audio: false, video: false };
  /** For what comes in. */
  readonly #slab = new Slab();
  #timeline: Timeline;
  #family: MediaFamily | undefined;
  #isLive = false;
  /** Since when it keeps what it had for a source that goes on; until one does. */
  #pausedAt: number | undefined;
  /** Whether the source has gone on where the one before was. */
  #hasGoneOn = false;
  /** While it is compared with that what a new source brings. */
  #resumption: Resumption | undefined;
  /** Counts the packets that went out. */
  #packets = 0;
  /** Whether they come with their numbers. */
  #isNumbered = false;
  #lastMediaAt: number | undefined;
  #lastKeyframeAt: number | undefined;
  /** The timestamp of the last keyframe, and what lay between it and the one before, milliseconds of media. */
  #lastKeyframeTime: number | undefined;
  #keyframeIntervalMs: number | undefined;
  /** When the last coded frame went on its way to the players. */
  #lastSentAt = 0;
  /** Whether relays downstream were told that there is nothing to send. */
  #isDry = false;

  constructor(clock: Clock, queue: FlushQueue, settings: LiveStreamSettings, owner: BroadcastOwner) {
    this.#clock = clock;
    this.#settings = settings;
    this.#owner = owner;
    this.#timeline = new Timeline(clock);
    this.cache = new KeyframeGroup(settings.cache);
    this.#held = new PrefaceStore(MAX_PREFACE_BYTES, settings.cache.budget);
    this.fanOut = new Cohorts(clock, queue, this.cache, settings.fanOut, {
      onSlice: (sentBytes) => {
        this.totals.sentBytes += sentBytes;
      },
      onFlush: (delayMs, sentBytes, droppedFrames) => {
        this.totals.sentBytes += sentBytes;
        this.totals.droppedFrames += droppedFrames;
        owner.onFlush(delayMs);
      },
      onResumeAsked: (isKept) => owner.onResumeAsked(isKept),
    });
  }

  get isDry(): boolean {
    return this.#isDry;
  }

  /** The family of what the source has sent; undefined before it has sent anything. */
  get family(): MediaFamily | undefined {
    return this.#family;
  }

  /** Which kinds of media a player that joins now is sent. */
  get kinds(): MediaKinds {
    return { ...this.#kinds };
  }

  /** Metadata and headers that hold for what comes next. */
  get prefaces(): readonly PrefaceFrame[] {
    return [...this.cache.prefaces, ...this.#held.list].map(({ frame }) => frame);
  }

  /** Milliseconds since the last keyframe of video came; undefined before the first. */
  get keyframeAgeMs(): number | undefined {
    return this.#lastKeyframeAt === undefined ? undefined : this.#clock.now() - this.#lastKeyframeAt;
  }

  /** Milliseconds of media between the last two keyframes of video; undefined before the second. */
  get keyframeIntervalMs(): number | undefined {
    return this.#keyframeIntervalMs;
  }

  /** How far the stream has come, for whoever brings more of it, be it where it is tapped; undefined where that is not known. */
  get resumePoint(): ResumePoint | undefined {
    if (!this.mayGoOn) return this.taps.resumePoint;
    return new KeptFrames(this.cache.sections).point((place) => this.#timeline.timestampAt(place));
  }

  /** Whether another source can go on where this one is. */
  get mayGoOn(): boolean {
    return this.cache.isPastWanted && this.cache.hasFrames;
  }

  /**
   * How far behind this stream another source is that brings the same programme, milliseconds; undefined where it does not.
   * @param first - coded frame of it, which this stream has to have
   * @param latest - frame of it
   */
  lagOf(first: Frame, latest: Frame = first): number | undefined {
    if (!this.mayGoOn) return undefined;
    const resumption = new Resumption(this.cache, this.#clock.now());
    if (resumption.judge(first, this.#timeline.placeOf(first.timestamp), 0) !== 'had') return undefined;
    return resumption.lagOf(this.#timeline.placeOf(latest.timestamp));
  }

  /** Whether the source has sent anything within the last `ms` milliseconds. */
  hasMediaWithin(ms: number): boolean {
    return this.#lastMediaAt !== undefined && this.#clock.now() - this.#lastMediaAt < ms;
  }

  /** The source is another one, or gone: what was cached belongs to one that is over. @param isNumbered - whether frames come with their numbers */
  restart(isNumbered = false): void {
    this.#isLive = false;
    this.#isNumbered = isNumbered;
    this.#pausedAt = undefined;
    this.#hasGoneOn = false;
    this.#resumption = undefined;
    this.fanOut.restart();
    this.cache.clear();
    this.#held.clear();
    this.#kinds = { audio: false, video: false };
    this.#family = undefined;
    this.#lastMediaAt = undefined;
    this.#timeline.restart();
    this.#lastKeyframeAt = undefined;
    this.#lastKeyframeTime = undefined;
    this.#keyframeIntervalMs = undefined;
  }

  /** The source is gone: what there was is kept for one that goes on, as long as relays downstream may come back for it. */
  pause(): void {
    if (!this.mayGoOn) {
      this.restart();
      return;
    }
    this.#isLive = false;
    this.#lastMediaAt = undefined;
    this.#pausedAt ??= this.#clock.now();
    this.#resumption = undefined;
  }

  /** Another source begins that may go on where the one before was. @param isNumbered - whether frames come with their numbers */
  compare(isNumbered = false): void {
    this.#isNumbered = isNumbered;
    this.#held.clear();
    this.#hasGoneOn = false;
    this.#resumption = new Resumption(this.cache, this.#clock.now());
  }

  /** The source that was gone goes on, with nothing in between. */
  goOn(): void {
    this.#pausedAt = undefined;
    this.#hasGoneOn = true;
    this.#resumption = undefined;
  }

  /** The source goes on after a gap with times that fit those it gave before. */
  resume(): void {
    this.#timeline.resume();
  }

  /** The source is known to bring no video: its audio goes on at once. */
  expectNoVideo(): void {
    this.#timeline.expectNoVideo();
  }

  /** The programme is over: what comes next has a timeline of its own. */
  end(): void {
    this.restart();
    this.#isDry = false;
    this.#timeline = new Timeline(this.#clock);
  }

  /** From now on what goes out is given to taps as well. @param path - ids of the relays that bring it */
  goLive(path: readonly string[]): void {
    this.#isLive = true;
    if (this.#hasGoneOn) this.taps.onGoesOn(path, this.cache);
    else this.taps.onBegin(path, this.cache.prefaces);
  }

  /** Counts a frame that has come in. */
  count({ payload }: Frame): void {
    this.totals.receivedBytes += payload.length;
    this.totals.receivedFrames++;
  }

  /** Takes a frame of the source over. */
  take(frame: Frame): void {
    const now = this.#clock.now();
    this.#lastMediaAt = now;
    if (this.#resumption !== undefined && !isPreface(frame) && this.#hadBefore(this.#resumption, frame, now))
      return;
    if (this.#family === undefined) {
      this.#family = frame.family;
      this.#owner.onFamily(frame.family);
    }
    const { pieces } = this.#timeline;
    const placed = this.#timeline.place(frame, now);
    if (this.#timeline.pieces !== pieces) frame.payload = frame.family.beginningOf?.(frame) ?? frame.payload;
    if (isPreface(frame)) {
      ownMemory(frame);
      this.#held.set(frame);
    } else if (placed !== undefined) this.#send(frame, placed, now);
  }

  /** Sends something of this relay's own between what the source has sent last and what it sends next. @returns false while it is not live */
  pass(frame: OtherFrame): boolean {
    if (!this.#isLive) return false;
    frame.timestamp = this.#timeline.last ?? 0;
    this.#emit(frame, this.#clock.now());
    return true;
  }

  /** Looks whether there has been nothing to send for a while. */
  checkDry(): void {
    const now = this.#clock.now();
    if (this.#isLive && !this.#isDry && now - this.#lastSentAt >= DRY_MS) this.setDry(true);
    const isAwaited = this.#pausedAt !== undefined && this.#resumption?.isSame !== true;
    if (isAwaited && now - (this.#pausedAt ?? now) > this.#settings.cache.resumeMs)
      this.#startOver(() => this.restart(this.#isNumbered));
  }

  setDry(isDry: boolean): void {
    this.#isDry = isDry;
    this.#owner.onDry(isDry);
  }

  /** Whether a frame of a new source went out before, or is none that the stream needs. */
  #hadBefore(resumption: Resumption, frame: Frame, now: number): boolean {
    if (resumption.isOver(now)) {
      this.#resumption = undefined;
      return false;
    }
    const wasSame = resumption.isSame;
    const judgement = resumption.judge(frame, this.#timeline.placeOf(frame.timestamp), now);
    if (judgement === 'other') {
      this.#startOver(() => this.#owner.onOther());
      return false;
    }
    if (resumption.isSame && !wasSame) {
      this.#timeline.shift(resumption.shift);
      this.#hasGoneOn = true;
      this.#owner.onGoesOn();
    }
    return judgement === 'had';
  }

  /** Restarts; what a source that is compared has said of what comes next still holds. */
  #startOver(restart: () => void): void {
    const prefaces = this.#resumption === undefined ? [] : this.#held.list;
    restart();
    for (const { frame } of prefaces) this.#held.set(frame);
  }

  #isKnown({ headerKeys, payload }: PrefaceFrame): boolean {
    return this.cache.prefaces.some(
      ({ frame }) => frame.headerKeys.join() === headerKeys.join() && frame.payload.equals(payload),
    );
  }

  #send(frame: Frame, timestamp: number, now: number): void {
    if (frame.role === 'coded') {
      this.#lastSentAt = now;
      this.#pausedAt = undefined;
      if (this.#isDry) this.setDry(false);
      for (const held of this.#held.list)
        if (this.#resumption === undefined || !this.#isKnown(held.frame))
          this.#emit({ ...held.frame, timestamp }, now);
      this.#held.clear();
      this.totals.videoFrames += videoFramesIn(frame);
      if (frame.isKeyframe) this.#noteKeyframe(timestamp, now);
      this.#note(frame.kind);
      if (!this.#isLive) this.#owner.onCoded();
    }
    frame.timestamp = timestamp;
    this.#emit(frame, now);
  }

  #emit(frame: Frame, now: number): void {
    if (frame.role === 'header') {
      this.#note(frame.kind);
      const unable = this.fanOut.changeHeader(frame);
      if (unable.length > 0) this.#owner.onUnable(unable);
    } else if (frame.role !== 'metadata' && !isPassing(frame)) {
      if (!this.#isNumbered) frame.number = this.#packets;
      this.#packets = (frame.number + 1) >>> 0;
    }
    const isKept = this.cache.take(frame, frame.role === 'coded' && frame.isKeyframe);
    if (!isKept && this.fanOut.playerCount + this.taps.size > 0) ownMemory(frame, this.#slab);
    this.fanOut.push(frame, now);
    if (this.#isLive) this.taps.onFrame(frame);
  }

  #noteKeyframe(timestamp: number, now: number): void {
    this.#lastKeyframeAt = now;
    if (this.#lastKeyframeTime !== undefined)
      this.#keyframeIntervalMs = (timestamp - this.#lastKeyframeTime) >>> 0; // wraps, as timestamps do
    this.#lastKeyframeTime = timestamp;
  }

  #note(kind: FrameKind): void {
    if (hasAudio(kind)) this.#kinds.audio = true;
    if (hasVideo(kind)) this.#kinds.video = true;
  }
}
