import { PrefaceStore } from './cache/preface-store.ts';
import { StreamCache } from './cache/stream-cache.ts';
import type { Clock } from './clock.ts';
import { FanOut } from './fan-out/fan-out.ts';
import type { FlushQueue } from './fan-out/flush-queue.ts';
import type { MediaKinds } from './fan-out/wire-form.ts';
import { type Frame, type FrameKind, hasAudio, hasVideo, isPreface } from './frame.ts';
import { type FrameTap, FrameTaps } from './frame-taps.ts';
import { ownMemory } from './own-memory.ts';
import type { PlayEndReason, Player, PlayOptions } from './player.ts';
import type { Source } from './source.ts';
import type { StreamSettings } from './stream-settings.ts';
import { Timeline } from './timeline.ts';

/** What happens to streams. */
export interface StreamObserver {
  /** A batch was written: how long its oldest frame waited for that, milliseconds. */
  onFlush(delayMs: number): void;
  /** A source has begun to send. */
  onLive?(stream: LiveStream): void;
  /** The stream is over. */
  onEnd?(stream: LiveStream): void;
}

/** A source that sends nothing for this long is dry, milliseconds: less than any patience of a relay downstream. */
const DRY_MS = 500;

/** Where a stream stands. `starting`: it has a source that has sent nothing to begin with yet. */
export type StreamState = 'absent' | 'starting' | 'live' | 'grace';

/** What one stream has done so far. */
export interface StreamTotals {
  receivedBytes: number;
  sentBytes: number;
  receivedFrames: number;
  droppedFrames: number;
}

interface WaitingPlayer {
  readonly options: PlayOptions;
  readonly isPaused: boolean;
  readonly stopWaiting: () => void;
}

/** One live programme: at most one source, its cache and timeline, and all of its players. */
export class LiveStream {
  readonly key: string;
  readonly totals: StreamTotals = { receivedBytes: 0, sentBytes: 0, receivedFrames: 0, droppedFrames: 0 };
  readonly #taps = new FrameTaps();
  readonly #clock: Clock;
  readonly #settings: StreamSettings;
  readonly #observer: StreamObserver;
  readonly #onIdle: (stream: LiveStream) => void;
  #timeline: Timeline;
  readonly #cache: StreamCache;
  readonly #fanOut: FanOut;
  readonly #waiting = new Map<Player, WaitingPlayer>();
  /** Metadata and headers that wait for the frame whose time they take, by what they replace. */
  readonly #held: PrefaceStore;
  /** The kinds of media that the source has sent. */
  readonly #kinds = new Set<FrameKind>();
  /** Counts the packets that went out. */
  #packets = 0;
  #source: Source | undefined;
  /** The copy that the stream came from last: its times fit what it sent before. */
  #lastCopy: Source | undefined;
  #state: StreamState = 'absent';
  #stopGrace: () => void = () => {};
  #lastMediaAt: number | undefined;
  #lastKeyframeAt: number | undefined;
  /** When the last coded frame went on its way to the players. */
  #lastSentAt = 0;
  /** Whether relays downstream were told that there is nothing to send. */
  #isDry = false;

  constructor(
    key: string,
    clock: Clock,
    queue: FlushQueue,
    settings: StreamSettings,
    observer: StreamObserver,
    onIdle: (stream: LiveStream) => void,
  ) {
    this.key = key;
    this.#clock = clock;
    this.#settings = settings;
    this.#observer = observer;
    this.#onIdle = onIdle;
    this.#timeline = new Timeline(clock);
    this.#cache = new StreamCache(settings.cache);
    this.#held = new PrefaceStore(settings.cache.maxBytes);
    this.#fanOut = new FanOut(clock, queue, this.#cache, settings.fanOut, {
      onBurst: (sentBytes) => {
        this.totals.sentBytes += sentBytes;
      },
      onFlush: (delayMs, sentBytes, droppedFrames) => {
        this.totals.sentBytes += sentBytes;
        this.totals.droppedFrames += droppedFrames;
        observer.onFlush(delayMs);
      },
    });
  }

  get state(): StreamState {
    return this.#state;
  }

  get source(): Source | undefined {
    return this.#source;
  }

  /** Players that get the stream; those that wait for it do not count. */
  get playerCount(): number {
    return this.#fanOut.playerCount;
  }

  get playersByProtocol(): ReadonlyMap<string, number> {
    return this.#fanOut.playersByProtocol;
  }

  get laggingCount(): number {
    return this.#fanOut.laggingCount;
  }

  get cacheBytes(): number {
    return this.#cache.bytes;
  }

  /** Ids of the relays that bring the stream, nearest first. */
  get path(): readonly string[] {
    return this.#source?.path ?? [];
  }

  /** Players and taps that get the stream or wait for it, but for players that forward it on this relay's own account. */
  get audience(): number {
    let count = this.#waiting.size + this.#taps.size;
    for (const { isForward } of this.#fanOut.players()) if (!isForward) count++;
    return count;
  }

  /** Ids of the relays downstream that get the stream or wait for it. */
  get relaysWaiting(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const player of this.#everybody()) for (const id of player.path ?? []) ids.add(id);
    for (const { path } of this.#taps) for (const id of path) ids.add(id);
    return ids;
  }

  /** Whether the source has sent anything within the last `ms` milliseconds. */
  hasMediaWithin(ms: number): boolean {
    return this.#lastMediaAt !== undefined && this.#clock.now() - this.#lastMediaAt < ms;
  }

  /** Milliseconds since the last keyframe of video came; undefined before the first. */
  get keyframeAgeMs(): number | undefined {
    return this.#lastKeyframeAt === undefined ? undefined : this.#clock.now() - this.#lastKeyframeAt;
  }

  /** Everybody who gets the stream. */
  players(): IterableIterator<Player> {
    return this.#fanOut.players();
  }

  /** Which kinds of media a player that joins now is sent. */
  get kinds(): MediaKinds {
    const kinds = [...this.#kinds];
    return { audio: kinds.some(hasAudio), video: kinds.some(hasVideo) };
  }

  /** Gives the stream a source; one that it had is told that it was replaced. Players stay. */
  begin(source: Source): void {
    const replaced = this.#source;
    this.#stopGrace();
    this.#source = source;
    this.#startOver('starting');
    if (source.isCopy && source === this.#lastCopy) this.#timeline.resume();
    this.#lastCopy = source.isCopy ? source : undefined;
    if (replaced !== source) replaced?.onReplaced(source);
  }

  /**
   * The source has left. A stream that was lost waits for it to come back, one that was ended is over; one whose source is
   * `away` waits until whoever looks for another ends it.
   */
  leave(source: Source, how: 'away' | 'ended' | 'lost'): void {
    if (this.#source !== source) return;
    const { graceMs } = this.#settings;
    const isWorthWaiting = this.#state === 'live' || this.playerCount + this.#taps.size > 0;
    this.#source = undefined;
    if (how === 'ended' || (how === 'lost' && (graceMs === 0 || !isWorthWaiting))) {
      this.end('ended');
      return;
    }
    this.#startOver('grace');
    this.#setDry(true);
    for (const tap of this.#taps) tap.onAway();
    if (how === 'lost') this.awaitSource(graceMs);
  }

  /** A stream whose source is away is over unless one comes within `ms` milliseconds. */
  awaitSource(ms: number): void {
    if (this.#state !== 'grace') return;
    this.#stopGrace();
    this.#stopGrace = this.#clock.after(ms, () => this.end('ended'));
  }

  /** Takes a frame of the source over. */
  receive(source: Source, frame: Frame): void {
    if (this.#source !== source) return;
    this.totals.receivedBytes += frame.payload.length;
    this.totals.receivedFrames++;
    this.#lastMediaAt = this.#clock.now();
    ownMemory(frame);
    const placed = this.#timeline.place(frame);
    if (isPreface(frame)) this.#held.set(frame);
    else if (placed !== undefined) this.#send(frame, placed);
  }

  /** Adds a player: it is started at once when the stream is live, else it waits. */
  play(player: Player, options: PlayOptions): void {
    if (this.#state === 'live') this.#start(player, options);
    else {
      const stopWaiting = this.#clock.after(this.#settings.waitMs, () => {
        this.#waiting.delete(player);
        player.onEnd('not-found');
        this.#checkIdle();
      });
      this.#waiting.set(player, { options, isPaused: false, stopWaiting });
      player.onDry?.(true);
    }
  }

  /** Adds a tap: it is given the keyframe group now, if there is one, and every frame from now on. */
  tap(tap: FrameTap): void {
    this.#taps.add(tap);
    // of a copy there is nothing to tap: this thread is to become the stream's home and does not know it yet
    if (this.#state === 'live' && !this.#source?.isCopy) this.#taps.welcome(tap, this.path, this.#cache);
  }

  /** The source, a copy, has handed over what there was before. */
  onCaughtUp(source: Source): void {
    const isBegun = this.#source === source && this.#cache.keyframe !== undefined;
    if (isBegun && this.#state === 'starting') this.#goLive();
  }

  untap(tap: FrameTap): void {
    this.#taps.delete(tap);
    this.#checkIdle();
  }

  /** Tells those who wait that the stream does not come. */
  refuseWaiting(): void {
    this.#dismissWaiting('not-found');
    for (const tap of this.#taps) tap.onNotFound();
    this.#checkIdle();
  }

  /** Tells relays downstream when there has been nothing to send for a while. */
  checkDry(): void {
    if (this.#state !== 'live' || this.#isDry) return;
    if (this.#clock.now() - this.#lastSentAt >= DRY_MS) this.#setDry(true);
  }

  /** The path of the source has changed: relays downstream are told. */
  announcePath(): void {
    for (const player of this.#fanOut.players()) player.onPath?.(this.path);
    for (const tap of this.#taps) tap.onPath(this.path);
  }

  /** Takes a player out, waiting or not; it is not called any more. */
  stop(player: Player): void {
    this.#waiting.get(player)?.stopWaiting();
    this.#waiting.delete(player);
    this.#fanOut.remove(player);
    this.#checkIdle();
  }

  /** Stops or resumes what a player gets, waiting or not. */
  pause(player: Player, isPaused: boolean): void {
    const waiting = this.#waiting.get(player);
    if (waiting === undefined) this.#fanOut.pause(player, isPaused);
    else this.#waiting.set(player, { ...waiting, isPaused });
  }

  /** Changes what a player gets, waiting or not. */
  change(player: Player, form: PlayOptions['form']): void {
    const waiting = this.#waiting.get(player);
    if (waiting === undefined) this.#fanOut.change(player, form);
    else this.#waiting.set(player, { ...waiting, options: { ...waiting.options, form } });
  }

  /** Lets go of players whose socket takes nothing. */
  dropStalled(): void {
    for (const player of this.#fanOut.stalled(this.#clock.now())) {
      if (this.#fanOut.remove(player)) player.onEnd('stalled');
    }
    this.#checkIdle();
  }

  /** Ends the stream for all players; those who wait go on waiting unless the relay stops. */
  end(reason: PlayEndReason): void {
    this.#stopGrace();
    this.#source = undefined;
    this.#startOver('absent');
    this.#isDry = false;
    this.#timeline = new Timeline(this.#clock);
    if (reason === 'ended') this.#fanOut.finish();
    for (const player of [...this.#fanOut.players()]) {
      if (this.#fanOut.remove(player)) player.onEnd(reason);
    }
    if (reason === 'shutdown') this.#dismissWaiting(reason);
    else for (const tap of this.#taps) tap.onEnd(); // when the relay stops, whoever tapped stops by itself
    this.#observer.onEnd?.(this);
    this.#checkIdle();
  }

  #dismissWaiting(reason: PlayEndReason): void {
    for (const [player, { stopWaiting }] of [...this.#waiting]) {
      stopWaiting();
      if (this.#waiting.delete(player)) player.onEnd(reason);
    }
  }

  /** What was cached belongs to a source session that is over. */
  #startOver(state: StreamState): void {
    this.#state = state;
    this.#fanOut.restart();
    this.#cache.clear();
    this.#held.clear();
    this.#kinds.clear();
    this.#lastMediaAt = undefined;
    this.#timeline.restart();
    this.#lastKeyframeAt = undefined;
  }

  #send(frame: Frame, timestamp: number): void {
    if (frame.role === 'coded') {
      this.#lastSentAt = this.#clock.now();
      if (this.#isDry) this.#setDry(false);
      for (const held of this.#held.list) this.#emit({ ...held.frame, timestamp });
      this.#held.clear();
      if (frame.isKeyframe) this.#lastKeyframeAt = this.#lastMediaAt;
      this.#kinds.add(frame.kind);
      if (this.#state === 'starting' && !this.#source?.isCatchingUp) this.#goLive();
    }
    this.#emit(timestamp === frame.timestamp ? frame : { ...frame, timestamp });
  }

  #emit(frame: Frame): void {
    if (frame.role === 'header') this.#kinds.add(frame.kind);
    else if (frame.role !== 'metadata') {
      frame.number = this.#packets;
      this.#packets = (this.#packets + 1) >>> 0;
    }
    this.#cache.remember(frame);
    this.#fanOut.push(frame);
    if (this.#state === 'live') this.#taps.onFrame(frame);
  }

  #goLive(): void {
    this.#state = 'live';
    this.announcePath();
    this.#taps.onBegin(this.path, this.#cache.prefaces);
    this.#observer.onLive?.(this);
    for (const [player, { stopWaiting }] of [...this.#waiting]) {
      if (!this.#waiting.has(player)) continue;
      stopWaiting();
      player.onStart(this.path);
      const waiting = this.#waiting.get(player); // as it is now: it may have left or changed its form in there
      if (waiting === undefined) continue;
      this.#waiting.delete(player);
      this.#fanOut.add(player, waiting.options);
      if (waiting.isPaused) this.#fanOut.pause(player, true);
    }
  }

  #start(player: Player, options: PlayOptions): void {
    player.onStart(this.path);
    this.#fanOut.add(player, options);
    if (this.#isDry) player.onDry?.(true);
  }

  #setDry(isDry: boolean): void {
    this.#isDry = isDry;
    for (const player of this.#everybody()) player.onDry?.(isDry);
  }

  *#everybody(): Generator<Player> {
    yield* this.#waiting.keys();
    yield* this.#fanOut.players();
  }

  #checkIdle(): void {
    const isUsed = this.#waiting.size + this.#fanOut.playerCount + this.#taps.size > 0;
    if (this.#state === 'absent' && !isUsed) this.#onIdle(this);
  }
}
