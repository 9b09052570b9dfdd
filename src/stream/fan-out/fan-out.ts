import { type FrameList, FrameLog } from '../cache/frame-log.ts';
import type { KeyframeGroup } from '../cache/keyframe-group.ts';
import type { Clock } from '../clock.ts';
import { type CodedFrame, type Frame, type HeaderFrame, hasVideo, isPassing } from '../frame.ts';
import type { MediaFamily } from '../media-family.ts';
import type { Player, PlayOptions, PlayStanding } from '../player.ts';
import { KeptFrames } from '../resuming/kept-frames.ts';
import type { ResumePoint } from '../resuming/resume-point.ts';
import { Slab } from '../slab.ts';
import type { BacklogLimits } from './backlog-gauge.ts';
import type { Flushable, FlushQueue } from './flush-queue.ts';
import { FormPlayers } from './form-players.ts';
import { firstIn, prefaceRun } from './frame-run.ts';
import { type FlushedGroup, groupRuns, PackedGroup } from './joining/packed-group.ts';
import { resumeRuns } from './joining/resume-runs.ts';
import { PackedFlush } from './packed-flush.ts';
import { Seat } from './seat.ts';
import type { Load } from './send-queue.ts';
import { Sending } from './sending.ts';
import type { StartPoint } from './start-point.ts';
import type { Packing, WireForm } from './wire-form.ts';

/** Limits of the fan-out of every stream. */
export interface FanOutLimits extends BacklogLimits {
  /** A player whose socket takes nothing for this long is let go, milliseconds. */
  readonly stallTimeoutMs: number;
}

/** Where the fan-out tells what it does, once per flush or per player and never per frame and player. */
export interface FanOutObserver {
  /** A slice of what waited for one player was written. */
  onSlice(sentBytes: number): void;
  /** A batch was written: milliseconds that its oldest frame waited, bytes sent and frames left out over all players. */
  onFlush(delayMs: number, sentBytes: number, droppedFrames: number): void;
  /** A player asked to go on where it was. @param isKept - whether that is known here */
  onResumeAsked?(isKept: boolean): void;
}

const noGroup: FlushedGroup = { frames: new FrameLog(), count: 0, prefaces: [] };

/** Sends the frames of one stream to players that are flushed together: packs once per form, writes one buffer per player and flush. */
export class FanOut implements Flushable {
  readonly #clock: Clock;
  readonly #queue: FlushQueue;
  readonly #cache: KeyframeGroup;
  /** For what is packed. */
  readonly #slab = new Slab();
  readonly #limits: FanOutLimits;
  readonly #observer: FanOutObserver;
  readonly #forms = new Map<WireForm, FormPlayers>();
  readonly #seats = new Map<Player, { readonly seat: Seat; readonly players: FormPlayers }>();
  /** The keyframe group as it was after the last flush. */
  #flushed = noGroup;
  /** How many of the frames that are kept were sent to everybody with the last flush. */
  #flushedFrames = 0;
  /** What is packed of the groups for those who join late, in each packing that is not rare, once that has been used. */
  readonly #groups: WeakMap<FrameList, Map<Packing, PackedGroup>>;
  /** The flush that not everybody has been sent yet. */
  #sending: Sending | undefined;
  #pending: Frame[] = [];
  #pendingSince = 0;
  /** The first coded frame and the last keyframe of those pending. */
  #firstCoded: StartPoint | undefined;
  #lastKeyframe: StartPoint | undefined;
  /** Cache version that players who got every flush so far know. */
  #flushedVersion: number;
  /** Whether video has been seen: without it any frame is a start point. */
  #hasVideo = false;
  /** Whether packets have been seen that hold audio and video together. */
  #isMixed = false;

  /** @param beside - sends the stream to others, and shares with them what is packed for those who join late */
  constructor(
    clock: Clock,
    queue: FlushQueue,
    cache: KeyframeGroup,
    limits: FanOutLimits,
    observer: FanOutObserver,
    beside?: FanOut,
  ) {
    this.#clock = clock;
    this.#queue = queue;
    this.#cache = cache;
    this.#limits = limits;
    this.#observer = observer;
    this.#flushedVersion = cache.version;
    this.#groups = beside === undefined ? new WeakMap() : beside.#groups;
    if (beside === undefined) return;
    this.#hasVideo = beside.#hasVideo;
    this.#isMixed = beside.#isMixed;
  }

  get playerCount(): number {
    return this.#seats.size;
  }

  /** How many players miss frames because they do not keep up. */
  get laggingCount(): number {
    let count = 0;
    for (const { seat } of this.#seats.values()) if (seat.isLagging) count++;
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

  has(player: Player): boolean {
    return this.#seats.has(player);
  }

  /** How a player keeps up; undefined when it does not get the stream. */
  standing(player: Player): PlayStanding | undefined {
    return this.#seats.get(player)?.seat.standing(this.#clock.now());
  }

  /** Everybody who gets the stream. */
  players(): IterableIterator<Player> {
    return this.#seats.keys();
  }

  /** Takes a frame that the cache has just remembered; it goes out with the next flush. */
  push(frame: Frame, now: number): void {
    if (frame.role === 'coded' && hasVideo(frame.kind)) {
      this.#hasVideo = true;
      if (frame.kind === 'mixed') this.#isMixed = true;
    }
    if (this.#forms.size === 0) {
      this.#flushedVersion = this.#cache.version;
      if (this.#flushed.frames !== this.#cache.frames) this.#setNoGroup();
      return;
    }
    if (isPassing(frame)) {
      this.#pass(frame, now);
      return;
    }
    if (this.#pending.length === 0) {
      this.#pendingSince = now;
      this.#queue.request(this, now);
    }
    if (frame.role === 'coded') this.#noteStart(frame);
    this.#pending.push(frame);
  }

  /**
   * A header is about to take the place of another. Who cannot go on with it is given what is on the way.
   * @returns who that is: they are to be removed
   */
  changeHeader(header: HeaderFrame): Player[] {
    const unable: Seat[] = [];
    for (const players of this.#forms.values()) unable.push(...players.change(header));
    if (unable.length === 0) return [];
    this.#finishSending();
    this.#startSending();
    this.#finishSending();
    for (const seat of unable) seat.finish();
    return unable.map(({ player }) => player);
  }

  /** Adds a player: it gets the burst now and everything from the next flush on. */
  add(player: Player, { form, lateJoin, resume }: PlayOptions): void {
    if (this.#pending.length === 0) this.#noteFlushed();
    const players = this.#formPlayers(form);
    const seat = new Seat(player, form, this.#limits, (sentBytes) => this.#observer.onSlice(sentBytes));
    players.add(seat);
    this.#seats.set(player, { seat, players });
    const missed = resume && this.#missed(form.packing, resume);
    const burst = missed ?? (lateJoin === 'keyframeGroup' ? this.#burst(form.packing) : []);
    if (missed !== undefined) seat.join(burst, this.#clock.now(), this.#queue.catchUps);
    else if (burst.length > 0) seat.join(burst, this.#clock.now());
  }

  /** Takes a player out; nothing more is written to it. @returns whether it was in */
  remove(player: Player): boolean {
    const seated = this.#seats.get(player);
    if (seated === undefined) return false;
    this.#finishSending();
    this.#seats.delete(player);
    this.#leave(seated.players, seated.seat);
    seated.seat.leave();
    if (this.#seats.size === 0) this.#forget();
    return true;
  }

  /** Takes out everybody who cannot get streams of a family. @returns who they were */
  removeOthers(family: MediaFamily): Player[] {
    const others: Player[] = [];
    for (const [player, { players }] of this.#seats) if (players.form.family !== family) others.push(player);
    for (const player of others) this.remove(player);
    return others;
  }

  /** Moves a player to another form between two flushes, so that it misses nothing and gets nothing twice. */
  change(player: Player, form: WireForm): void {
    const seated = this.#seats.get(player);
    if (seated === undefined || seated.players.form === form) return;
    this.#finishSending();
    const { seat } = seated;
    this.#leave(seated.players, seat);
    seat.change(form);
    const players = this.#formPlayers(form);
    players.add(seat);
    this.#seats.set(player, { seat, players });
  }

  /** Stops or resumes what a player gets; it resumes at the next start point. */
  pause(player: Player, isPaused: boolean): void {
    this.#finishSending();
    const seat = this.#seats.get(player)?.seat;
    if (isPaused) seat?.pause(this.#flushedVersion);
    else seat?.unpause();
  }

  /** The stream is at its end: players whose burst is on the way are given the rest of it. */
  finish(): void {
    this.#finishSending();
    for (const { seat } of this.#seats.values()) seat.finish();
  }

  /** The source has changed or is gone: what was sent so far is no beginning for anybody any more. */
  restart(): void {
    this.#finishSending();
    this.#startSending();
    this.#finishSending();
    this.#setNoGroup();
    this.#hasVideo = false;
    this.#isMixed = false;
  }

  flush(): boolean {
    const sending = this.#sending ?? this.#startSending();
    if (sending === undefined) return true;
    this.#sending = undefined; // whoever leaves from within is out of it
    if (sending.sendTurn()) this.#noteSent(sending);
    else this.#sending = sending;
    return this.#sending === undefined;
  }

  /** Players whose socket has taken nothing for too long. */
  stalled(now: number): Player[] {
    const stalled: Player[] = [];
    for (const { seat } of this.#seats.values()) {
      if (seat.stalledMs(now) >= this.#limits.stallTimeoutMs) stalled.push(seat.player);
    }
    return stalled;
  }

  /** Packs what is pending, and makes it part of what those are sent who join from now on. */
  #startSending(): Sending | undefined {
    const frames = this.#pending;
    if (frames.length === 0) return undefined;
    const videoStart = this.#hasVideo ? this.#lastKeyframe : this.#firstCoded;
    const packed = new PackedFlush(
      { frames, videoStart, firstCoded: this.#firstCoded, isMixed: this.#isMixed },
      this.#slab,
    );
    this.#sending = new Sending(
      this.#clock,
      packed,
      this.#forms.values(),
      this.#pendingSince,
      this.#flushedVersion,
    );
    this.#takeOff();
    this.#keep(packed);
    return this.#sending;
  }

  /** Sends one frame alone, behind all that is pending: so it is no part of what those are sent who join later. */
  #pass(frame: Frame, now: number): void {
    this.#finishSending();
    this.#startSending();
    this.#finishSending();
    const frames = { frames: [frame], videoStart: undefined, firstCoded: undefined, isMixed: this.#isMixed };
    const packed = new PackedFlush(frames, this.#slab);
    this.#sending = new Sending(this.#clock, packed, this.#forms.values(), now, this.#flushedVersion);
    this.#finishSending();
  }

  /** What is on its way reaches everybody, before anything changes for one of them. */
  #finishSending(): void {
    const sending = this.#sending;
    if (sending === undefined) return;
    this.#sending = undefined;
    sending.sendRest();
    this.#noteSent(sending);
  }

  #noteSent({ since, taken }: Sending): void {
    this.#observer.onFlush(this.#clock.now() - since, taken.sentBytes, taken.droppedFrames);
  }

  /** What a player that joins now is sent first; nothing when it has to wait for a start point. */
  #burst(packing: Packing): readonly Load[] {
    const { frames, count } = this.#flushed;
    if (!packing.hasVideo || count === 0) return [];
    if (packing.mayBegin !== undefined && firstIn(packing, frames, 0, count) === count) return [];
    return packing.isRare ? groupRuns(packing, this.#flushed) : this.#groupIn(packing).burst(this.#flushed);
  }

  /** What a relay has missed that goes on where it was; undefined where that is not known here. */
  #missed(packing: Packing, resume: ResumePoint): readonly Load[] | undefined {
    const { sections, prefaces } = this.#cache;
    const kept = new KeptFrames(sections);
    const place = kept.placeOf(resume);
    this.#observer.onResumeAsked?.(place !== undefined);
    if (place !== undefined) return resumeRuns(packing, kept, place, this.#flushedFrames);
    // Nothing was sent to anybody yet: what the relay had last may be among what comes now.
    const [first] = sections;
    if (first === undefined)
      return [prefaceRun(packing, prefaces, prefaces.at(-1)?.frame.timestamp ?? 0, 'begin')];
    const isUnsent = first.start >= this.#flushedFrames;
    return isUnsent ? resumeRuns(packing, kept, { section: 0, index: 0 }, this.#flushedFrames) : undefined;
  }

  #groupIn(packing: Packing): PackedGroup {
    const { frames } = this.#flushed;
    let groups = this.#groups.get(frames);
    if (groups === undefined) {
      groups = new Map();
      this.#groups.set(frames, groups);
    }
    let group = groups.get(packing);
    if (group === undefined) {
      group = new PackedGroup(packing, (bytes) => this.#cache.addPacked(bytes));
      groups.set(packing, group);
    }
    return group;
  }

  /** Makes the batches that were sent part of what those are sent who join late, if anybody has joined in this group. */
  #keep({ batches }: PackedFlush): void {
    const groups = this.#groups.get(this.#flushed.frames);
    if (groups === undefined) return;
    for (const batch of batches) groups.get(batch.packing)?.extend(batch, this.#flushed);
  }

  #noteStart(frame: CodedFrame): void {
    if (this.#firstCoded !== undefined && !frame.isKeyframe) return;
    const { prefaces } = this.#cache;
    const start = { index: this.#pending.length, timestamp: frame.timestamp, prefaces };
    this.#firstCoded ??= start;
    if (frame.isKeyframe) this.#lastKeyframe = start;
  }

  #formPlayers(form: WireForm): FormPlayers {
    let players = this.#forms.get(form);
    if (players === undefined) {
      players = new FormPlayers(form);
      if (form.goesOnWith !== undefined) players.header = this.#headerNow();
      this.#forms.set(form, players);
    }
    return players;
  }

  #headerNow(): HeaderFrame | undefined {
    for (const { frame } of this.#cache.prefaces) if (frame.role === 'header') return frame;
    return undefined;
  }

  #leave(players: FormPlayers, seat: Seat): void {
    players.remove(seat);
    if (players.playerCount === 0) this.#forms.delete(players.form);
  }

  /** Nobody is there: nothing is packed until somebody comes. */
  #forget(): void {
    this.#takeOff();
    this.#queue.cancel(this);
  }

  /** Nothing is pending any more. */
  #takeOff(): void {
    this.#pending = [];
    this.#firstCoded = undefined;
    this.#lastKeyframe = undefined;
    this.#flushedVersion = this.#cache.version;
    this.#noteFlushed();
  }

  #setNoGroup(): void {
    this.#groups.delete(this.#flushed.frames);
    this.#flushed = noGroup;
  }

  /** All that the cache has was sent to everybody. */
  #noteFlushed(): void {
    const { frames, startPrefaces } = this.#cache;
    if (frames !== this.#flushed.frames) this.#groups.delete(this.#flushed.frames); // what is packed of it was counted with it
    this.#flushed = { frames, count: frames.length, prefaces: startPrefaces };
    this.#flushedFrames = this.#cache.keptFrames;
  }
}
