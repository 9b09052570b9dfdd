import type { BacklogLimits } from './backlog-gauge.ts';
import type { Clock } from './clock.ts';
import type { Flushable, FlushQueue } from './flush-queue.ts';
import { FormPlayers } from './form-players.ts';
import { type Frame, FrameType } from './frame.ts';
import type { Player, PlayOptions } from './player.ts';
import { Seat } from './seat.ts';
import type { StreamCache } from './stream-cache.ts';
import { PackedFlush, WireBatch } from './wire-batch.ts';
import type { StartPoint, WireForm } from './wire-form.ts';

/** Limits of the fan-out of every stream. */
export interface FanOutLimits extends BacklogLimits {
  /** A player whose socket takes nothing for this long is let go, milliseconds. */
  readonly stallTimeoutMs: number;
}

/** Where the fan-out tells what it does, once per flush or per player and never per frame and player. */
export interface FanOutObserver {
  /** A batch was written: milliseconds that its oldest frame waited, bytes sent and frames left out over all players. */
  onFlush(delayMs: number, sentBytes: number, droppedFrames: number): void;
}

/** Sends the frames of one stream to all of its players: packs once per form, writes one buffer per player and flush. */
export class FanOut implements Flushable {
  readonly #clock: Clock;
  readonly #queue: FlushQueue;
  readonly #cache: StreamCache;
  readonly #limits: FanOutLimits;
  readonly #observer: FanOutObserver;
  readonly #forms = new Map<WireForm, FormPlayers>();
  readonly #places = new Map<Player, { readonly seat: Seat; readonly players: FormPlayers }>();
  #pending: Frame[] = [];
  #pendingSince = 0;
  /** Cache version that players who got every flush so far know. */
  #flushedVersion = 0;
  /** Whether video has been seen: without it any frame is a start point. */
  #hasVideo = false;

  constructor(
    clock: Clock,
    queue: FlushQueue,
    cache: StreamCache,
    limits: FanOutLimits,
    observer: FanOutObserver,
  ) {
    this.#clock = clock;
    this.#queue = queue;
    this.#cache = cache;
    this.#limits = limits;
    this.#observer = observer;
  }

  get playerCount(): number {
    return this.#places.size;
  }

  /** How many players miss frames because they do not keep up. */
  get laggingCount(): number {
    let count = 0;
    for (const { seat } of this.#places.values()) if (seat.isLagging) count++;
    return count;
  }

  /** How many players there are of each protocol. */
  get playersByProtocol(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { form, playerCount } of this.#forms.values()) {
      if (playerCount > 0) counts.set(form.protocol, (counts.get(form.protocol) ?? 0) + playerCount);
    }
    return counts;
  }

  /** Everybody who gets the stream. */
  players(): IterableIterator<Player> {
    return this.#places.keys();
  }

  /** Takes a frame that the cache has just remembered; it goes out with the next flush. */
  push(frame: Frame): void {
    if (frame.type === FrameType.video && frame.role === 'coded') this.#hasVideo = true;
    if (this.#forms.size === 0) {
      this.#flushedVersion = this.#cache.version;
      return;
    }
    if (this.#pending.length === 0) {
      this.#pendingSince = this.#clock.now();
      this.#queue.request(this);
    }
    this.#pending.push(frame);
  }

  /** Adds a player: it gets the burst now and everything from the next flush on. @returns bytes of the burst */
  add(player: Player, { form, lateJoin }: PlayOptions): number {
    const players = this.#formPlayers(form);
    const seat = new Seat(player, this.#limits);
    players.add(seat);
    this.#places.set(player, { seat, players });
    const { burst } = players;
    if (lateJoin === 'live' || burst === undefined) return 0;
    return seat.join(burst, this.#clock.now());
  }

  /** Takes a player out; nothing more is written to it. */
  remove(player: Player): void {
    const place = this.#places.get(player);
    if (place === undefined) return;
    this.#places.delete(player);
    place.players.remove(place.seat);
    if (this.#places.size === 0) this.#forget();
  }

  /** Moves a player to another form between two flushes, so that it misses nothing and gets nothing twice. */
  change(player: Player, form: WireForm): void {
    const place = this.#places.get(player);
    if (place === undefined || place.players.form === form) return;
    place.players.remove(place.seat);
    const players = this.#formPlayers(form);
    const seat = new Seat(player, this.#limits);
    const needsKeyframe = form.packing.hasVideo && !place.players.form.packing.hasVideo;
    seat.continueFrom(place.seat, this.#flushedVersion, !needsKeyframe);
    players.add(seat);
    this.#places.set(player, { seat, players });
  }

  /** Stops or resumes what a player gets; it resumes at the next start point. */
  pause(player: Player, isPaused: boolean): void {
    const seat = this.#places.get(player)?.seat;
    if (isPaused) seat?.pause(this.#flushedVersion);
    else seat?.unpause();
  }

  /** The source has changed or is gone: what was sent so far is no beginning for anybody any more. */
  restart(): void {
    this.flush(this.#clock.now());
    for (const players of this.#forms.values()) players.dropGroup();
    this.#hasVideo = false;
  }

  flush(now: number): void {
    const frames = this.#pending;
    if (frames.length === 0) return;
    this.#pending = [];
    const version = this.#flushedVersion;
    this.#flushedVersion = this.#cache.version;
    const packed = new PackedFlush(this.#describe(frames));
    let sentBytes = 0;
    let droppedFrames = 0;
    for (const [form, players] of this.#forms) {
      const taken = players.send(new WireBatch(packed, form), version, now);
      sentBytes += taken.sentBytes;
      droppedFrames += taken.droppedFrames;
      if (this.#cache.keyframe === undefined) players.dropGroup();
      else if (packed.flush.videoStart !== undefined && players.playerCount === 0) this.#forms.delete(form);
    }
    this.#observer.onFlush(this.#clock.now() - this.#pendingSince, sentBytes, droppedFrames);
  }

  /** Players whose socket has taken nothing for too long. */
  stalled(now: number): Player[] {
    const stalled: Player[] = [];
    for (const { seat } of this.#places.values()) {
      if (seat.isSlow && seat.stalledMs(now) >= this.#limits.stallTimeoutMs) stalled.push(seat.player);
    }
    return stalled;
  }

  #describe(frames: readonly Frame[]): PackedFlush['flush'] {
    const first = frames.findIndex(({ role }) => role === 'coded');
    const keyframe = frames.findLastIndex((frame) => frame.role === 'coded' && frame.isKeyframe);
    const videoIndex = this.#hasVideo ? keyframe : first;
    return {
      frames,
      videoStart: startAt(frames, videoIndex),
      audioStart: startAt(frames, first),
      prefaces: this.#cache.prefaces,
      videoFrameCount: frames.reduce((count, { type }) => count + (type === FrameType.video ? 1 : 0), 0),
    };
  }

  /** The players of a form; one that is new takes over what was flushed of the keyframe group. */
  #formPlayers(form: WireForm): FormPlayers {
    let players = this.#forms.get(form);
    if (players === undefined) {
      players = new FormPlayers(form);
      const { group, prefaces } = this.#cache;
      const flushed = group.slice(0, Math.max(0, group.length - this.#pending.length));
      players.openGroup(flushed, prefaces);
      this.#forms.set(form, players);
    }
    return players;
  }

  /** Nobody is there: nothing is packed until somebody comes. */
  #forget(): void {
    this.#forms.clear();
    this.#pending = [];
    this.#flushedVersion = this.#cache.version;
    this.#queue.cancel(this);
  }
}

function startAt(frames: readonly Frame[], index: number): StartPoint | undefined {
  const frame = frames[index];
  return frame === undefined ? undefined : { index, timestamp: frame.timestamp };
}
