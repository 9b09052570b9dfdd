import { classifyFrame } from './classify-frame.ts';
import type { Clock } from './clock.ts';
import { FanOut, type FanOutLimits } from './fan-out.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { CodedFrame, Frame, FrameType, HeaderFrame, MetadataFrame } from './frame.ts';
import type { PlayEndReason, Player, PlayOptions } from './player.ts';
import { type CacheLimits, StreamCache } from './stream-cache.ts';
import { Timeline } from './timeline.ts';

/** The session that brings a stream in. */
export interface Source {
  /** Where it comes from, for people. */
  readonly address: string;
  /** Another source has taken the stream over; nothing of this one counts any more. */
  onReplaced(by: Source): void;
}

/** What streams need and obey. */
export interface StreamSettings {
  readonly cache: CacheLimits;
  readonly fanOut: FanOutLimits;
  /** How long players wait for a stream that is not there, milliseconds. */
  readonly waitMs: number;
  /** How long a stream whose source was lost waits for it to come back, milliseconds. */
  readonly graceMs: number;
  readonly onConflict: 'takeover' | 'reject';
}

/** What happens to streams; for metrics. */
export interface StreamObserver {
  /** A batch was written: how long its oldest frame waited for that, milliseconds. */
  onFlush(delayMs: number): void;
}

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
  readonly stopWaiting: () => void;
}

/** One live programme: at most one source, its cache and timeline, and all of its players. */
export class LiveStream {
  readonly key: string;
  readonly totals: StreamTotals = { receivedBytes: 0, sentBytes: 0, receivedFrames: 0, droppedFrames: 0 };
  readonly #clock: Clock;
  readonly #settings: StreamSettings;
  readonly #onIdle: (stream: LiveStream) => void;
  #timeline: Timeline;
  readonly #cache: StreamCache;
  readonly #fanOut: FanOut;
  readonly #waiting = new Map<Player, WaitingPlayer>();
  /** Metadata and headers that wait for the frame whose time they take, by what they replace. */
  readonly #held = new Map<string, MetadataFrame | HeaderFrame>();
  #heldBytes = 0;
  #source: Source | undefined;
  #state: StreamState = 'absent';
  #stopGrace: () => void = () => {};
  #lastMediaAt = 0;
  #lastKeyframeAt: number | undefined;

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
    this.#onIdle = onIdle;
    this.#timeline = new Timeline(clock);
    this.#cache = new StreamCache(settings.cache);
    this.#fanOut = new FanOut(clock, queue, this.#cache, settings.fanOut, {
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

  /** Whether the source has sent anything within the last `ms` milliseconds. */
  hasMediaWithin(ms: number): boolean {
    return this.#state === 'live' && this.#clock.now() - this.#lastMediaAt < ms;
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
  get kinds(): { readonly audio: boolean; readonly video: boolean } {
    const types = new Set<number>();
    for (const { frame } of this.#cache.prefaces) if (frame.role === 'header') types.add(frame.type);
    for (const frame of this.#cache.group) if (frame.role === 'coded') types.add(frame.type);
    return { audio: types.has(8), video: types.has(9) };
  }

  /** Gives the stream a source; one that it had is told that it was replaced. Players stay. */
  begin(source: Source): void {
    const replaced = this.#source;
    this.#stopGrace();
    this.#source = source;
    this.#startOver('starting');
    replaced?.onReplaced(source);
  }

  /** The source has left. A stream that was lost waits for it to come back, one that was ended is over. */
  leave(source: Source, how: 'ended' | 'lost'): void {
    if (this.#source !== source) return;
    const { graceMs } = this.#settings;
    const wasLive = this.#state === 'live';
    this.#source = undefined;
    if (how === 'ended' || graceMs === 0 || !(wasLive || this.playerCount > 0)) {
      this.end('ended');
      return;
    }
    this.#startOver('grace');
    this.#stopGrace = this.#clock.after(graceMs, () => this.end('ended'));
  }

  /** Takes a media message of the source. @param payload - taken over */
  receive(source: Source, type: FrameType, timestamp: number, payload: Buffer): void {
    if (this.#source !== source) return;
    this.totals.receivedBytes += payload.length;
    this.totals.receivedFrames++;
    this.#lastMediaAt = this.#clock.now();
    const frame = classifyFrame(type, timestamp, payload);
    const placed = this.#timeline.place(frame);
    if (frame.role === 'metadata' || frame.role === 'header') this.#hold(frame);
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
      this.#waiting.set(player, { options, stopWaiting });
    }
  }

  /** Takes a player out, waiting or not; it is not called any more. */
  stop(player: Player): void {
    this.#waiting.get(player)?.stopWaiting();
    this.#waiting.delete(player);
    this.#fanOut.remove(player);
    this.#checkIdle();
  }

  pause(player: Player, isPaused: boolean): void {
    this.#fanOut.pause(player, isPaused);
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
      this.#fanOut.remove(player);
      player.onEnd('stalled');
    }
    this.#checkIdle();
  }

  /** Ends the stream for all players; those who wait go on waiting unless the relay stops. */
  end(reason: PlayEndReason): void {
    this.#stopGrace();
    this.#source = undefined;
    this.#startOver('absent');
    this.#timeline = new Timeline(this.#clock);
    for (const player of [...this.#fanOut.players()]) {
      this.#fanOut.remove(player);
      player.onEnd(reason);
    }
    if (reason === 'shutdown') this.#dismissWaiting(reason);
    this.#checkIdle();
  }

  #dismissWaiting(reason: PlayEndReason): void {
    for (const [player, { stopWaiting }] of [...this.#waiting]) {
      stopWaiting();
      this.#waiting.delete(player);
      player.onEnd(reason);
    }
  }

  /** What was cached belongs to a source session that is over. */
  #startOver(state: StreamState): void {
    this.#state = state;
    this.#fanOut.restart();
    this.#cache.clear();
    this.#held.clear();
    this.#heldBytes = 0;
    this.#timeline.restart();
    this.#lastKeyframeAt = undefined;
  }

  #hold(frame: MetadataFrame | HeaderFrame): void {
    const key = frame.role === 'metadata' ? 'metadata' : frame.headerKeys.join();
    this.#heldBytes -= this.#held.get(key)?.payload.length ?? 0;
    this.#held.delete(key);
    if (this.#heldBytes + frame.payload.length > this.#settings.cache.maxBytes) return;
    this.#heldBytes += frame.payload.length;
    this.#held.set(key, frame);
  }

  #send(frame: CodedFrame | Frame, timestamp: number): void {
    if (frame.role === 'coded') {
      for (const held of this.#held.values()) this.#emit({ ...held, timestamp });
      this.#held.clear();
      this.#heldBytes = 0;
      if (frame.isKeyframe) this.#lastKeyframeAt = this.#lastMediaAt;
    }
    this.#emit(timestamp === frame.timestamp ? frame : { ...frame, timestamp });
    if (frame.role === 'coded' && this.#state === 'starting') this.#goLive();
  }

  #emit(frame: Frame): void {
    this.#cache.remember(frame);
    this.#fanOut.push(frame);
  }

  #goLive(): void {
    this.#state = 'live';
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [player, { options, stopWaiting }] of waiting) {
      stopWaiting();
      this.#start(player, options);
    }
  }

  #start(player: Player, options: PlayOptions): void {
    player.onStart();
    this.totals.sentBytes += this.#fanOut.add(player, options);
  }

  #checkIdle(): void {
    const isIdle = this.#state === 'absent' && this.#waiting.size === 0 && this.#fanOut.playerCount === 0;
    if (isIdle) this.#onIdle(this);
  }
}
