import { Broadcast } from './broadcast.ts';
import { Claim } from './claims/claim.ts';
import { conflictOver, SENDING_MS } from './claims/conflict.ts';
import { Grace } from './claims/grace.ts';
import type { Clock } from './clock.ts';
import type { FlushQueue } from './fan-out/flush-queue.ts';
import type { WireForm } from './fan-out/wire-form.ts';
import { type Frame, hasVideo, type PrefaceFrame } from './frame.ts';
import type { FrameTap } from './frame-taps.ts';
import type { LiveStreamSettings } from './live-stream-settings.ts';
import type { MediaFamily } from './media-family.ts';
import type { PlayEndReason, Player, PlayOptions } from './player.ts';
import type { ResumePoint } from './resuming/resume-point.ts';
import { type Source, type SourceLeft, standsIn } from './source.ts';
import type { StreamDescription, StreamState } from './stream-description.ts';
import { WaitingPlayers } from './waiting-players.ts';

/** What happens to streams. */
export interface StreamObserver {
  /** A batch was written: how long its oldest frame waited for that, milliseconds. */
  onFlush(delayMs: number): void;
  /** A source has begun to send. */
  onLive?(stream: LiveStream): void;
  /** It has no source any more, and waits for one. */
  onAway?(stream: LiveStream): void;
  /** Another source goes on where the one before was: nobody misses anything. */
  onGoesOn?(stream: LiveStream): void;
  /** A player asked to go on where it was. @param isKept - whether that is known here */
  onResumeAsked?(isKept: boolean): void;
  /** The stream is over. */
  onEnd?(stream: LiveStream): void;
}

/** One live programme: at most one source and one who is to be the next, what goes out, and who waits for it. */
export class LiveStream {
  readonly key: string;
  /** What goes out, for those who measure it or have something to add. */
  readonly broadcast: Broadcast;
  readonly #clock: Clock;
  readonly #settings: LiveStreamSettings;
  readonly #observer: StreamObserver;
  readonly #onIdle: (stream: LiveStream) => void;
  readonly #waiting: WaitingPlayers;
  readonly #grace: Grace;
  /** While the source has paused the next of its series may go on with the stream. */
  readonly #pause: Grace;
  #state: StreamState = 'absent';
  #source: Source | undefined;
  /** When the source began, milliseconds of the clock. */
  #begunAt = 0;
  /** Who takes over as soon as a decoder can start with what it sends. */
  #claim: Claim | undefined;
  /** When the source has taken the stream over from another publisher. */
  #takenOverAt: number | undefined;
  /** The copy that the stream came from last, and whether it comes from there again: then its times fit what it sent before. */
  #lastCopy: Source | undefined;
  #isCopyAgain = false;

  constructor(
    key: string,
    clock: Clock,
    queue: FlushQueue,
    settings: LiveStreamSettings,
    observer: StreamObserver,
    onIdle: (stream: LiveStream) => void,
  ) {
    this.key = key;
    this.#clock = clock;
    this.#settings = settings;
    this.#observer = observer;
    this.#onIdle = onIdle;
    this.#waiting = new WaitingPlayers(clock, settings, () => this.#checkIdle());
    this.#grace = new Grace(clock, () => this.end('ended'));
    this.#pause = new Grace(clock, () => this.#source && this.leave(this.#source, 'lost'));
    this.broadcast = new Broadcast(clock, queue, settings, {
      onFamily: (family) => {
        for (const player of this.broadcast.fanOut.removeOthers(family)) player.onEnd('format');
      },
      onCoded: () => {
        if (this.#state === 'starting' && !this.#source?.isCatchingUp) this.#goLive();
      },
      onDry: (isDry) => {
        for (const player of this.#everybody()) player.onDry?.(isDry);
      },
      onFlush: (delayMs) => observer.onFlush(delayMs),
      onResumeAsked: (isKept) => observer.onResumeAsked?.(isKept),
      onUnable: (players) => this.#dismiss(players, 'format'),
      onGoesOn: () => {
        if (this.#state === 'live') this.announcePath();
        else if (!this.#source?.isCatchingUp) this.#goLive(); // relays that wait for it have to hear whom it comes from
        observer.onGoesOn?.(this);
      },
      onOther: () => this.#startOver('starting'),
    });
  }

  get state(): StreamState {
    return this.#state === 'absent' && this.#claim !== undefined ? 'starting' : this.#state;
  }

  get source(): Source | undefined {
    return this.#source;
  }

  /** Since when it has its source, milliseconds of the clock; undefined while it has none. */
  get since(): number | undefined {
    return this.#source === undefined ? undefined : this.#begunAt;
  }

  /** How many players wait for it to begin. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Whether somebody publishes it or is about to. */
  get isTaken(): boolean {
    return this.#source !== undefined || this.#claim !== undefined;
  }

  /** The family of what it sends; undefined while it is not live. */
  get family(): MediaFamily | undefined {
    return this.#state === 'live' ? this.broadcast.family : undefined;
  }

  /** Ids of the relays that bring the stream, nearest first. */
  get path(): readonly string[] {
    return this.#source?.path ?? [];
  }

  /** Players and taps that get the stream or wait for it, but for those that only forward or follow it on this relay's own account. */
  get audience(): number {
    let count = this.#waiting.size + this.broadcast.taps.audience;
    for (const { isForward } of this.players()) if (!isForward) count++;
    return count;
  }

  /** Ids of the relays downstream that get the stream or wait for it. */
  get relaysWaiting(): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const player of this.#everybody()) for (const id of player.path ?? []) ids.add(id);
    for (const { path } of this.broadcast.taps) for (const id of path) ids.add(id);
    return ids;
  }

  /** How far the stream has come, for whoever is to bring more of it; else how far those have come who wait for it. */
  get resumePoint(): ResumePoint | undefined {
    return this.broadcast.resumePoint ?? this.#waiting.resumePoint;
  }

  /** Everybody who gets the stream. */
  players(): IterableIterator<Player> {
    return this.broadcast.fanOut.players();
  }

  describe(): StreamDescription {
    const { kinds, cache } = this.broadcast;
    return { state: this.state, family: this.family, kinds, prefaces: cache.prefaces };
  }

  // --- sources

  /** A publisher asks for the stream: it is to be the next source, whoever is the source now. @returns why not */
  claim(source: Source): string | undefined {
    const conflict = this.#conflict();
    if (conflict !== undefined) return conflict;
    this.#grace.hold();
    const replaced = this.#dropClaim();
    this.#claim = new Claim(source, this.#clock, this.#settings.cache.budget);
    replaced?.source.onReplaced(source);
    return undefined;
  }

  /** Gives the stream to the next source of a series, if the one before has paused. @returns what holds there */
  goOn(source: Source): readonly PrefaceFrame[] | undefined {
    const { series } = source;
    if (!this.#pause.isRunning || series === undefined || series !== this.#source?.series) return undefined;
    this.#pause.stop();
    this.#source = source;
    return this.broadcast.prefaces;
  }

  /**
   * Gives the stream a source; one that it had is told that it was replaced. Players stay.
   * @param goesOn - whether the source is known to go on right behind what it brought last
   */
  begin(source: Source, goesOn = false): void {
    const [replaced, { broadcast }] = [this.#source, this];
    this.#pause.stop();
    this.#grace.stop();
    this.#source = source;
    this.#begunAt = this.#clock.now();
    this.#takenOverAt = undefined;
    this.#isCopyAgain = source.isCopy === true && source === this.#lastCopy;
    this.#lastCopy = source.isCopy ? source : undefined;
    if (!source.mayGoOn || !broadcast.mayGoOn) this.#startOver('starting');
    else if (goesOn) broadcast.goOn();
    else broadcast.compare(source.isCopy);
    if (source.mayGoOn || source.isCopy) broadcast.cache.wantPast();
    if (this.#state !== 'live') this.#state = 'starting';
    if (replaced !== source) replaced?.onReplaced(source);
  }

  /** Takes over a frame of the source, or of the one who is to be. */
  receive(source: Source, frame: Frame): void {
    if (this.#source === source) {
      this.broadcast.count(frame);
      this.broadcast.take(frame);
    } else if (this.#claim?.source === source) this.#consider(this.#claim, frame);
  }

  /**
   * The source has left, or who was to be it. A stream that was lost waits for it to come back, one that was ended is over
   * unless the next source is there already; one whose source is `away` waits until whoever looks for another ends it. One
   * that has `paused` goes on as it is, for a while.
   */
  leave(source: Source, how: SourceLeft): void {
    if (this.#claim?.source === source) {
      this.#dropClaim();
      this.#grace.goOn();
      this.#checkIdle();
    }
    if (this.#source !== source) return;
    if (how === 'paused') {
      this.#pause.begin(this.#settings.pauseMs);
      return;
    }
    const { graceMs } = this.#settings;
    const isWorthWaiting =
      this.#state === 'live' || this.broadcast.fanOut.playerCount + this.broadcast.taps.size > 0;
    const isOver = how === 'ended' || (how === 'lost' && (graceMs === 0 || !isWorthWaiting));
    this.#source = undefined;
    if (isOver && this.#claim === undefined) {
      this.end('ended');
      return;
    }
    this.#state = 'grace';
    this.broadcast.pause();
    this.broadcast.setDry(true);
    for (const tap of this.broadcast.taps) tap.onAway();
    this.#observer.onAway?.(this);
    if (how !== 'away') this.awaitSource(graceMs);
  }

  /** A stream whose source is away is over unless one comes within `ms` milliseconds. */
  awaitSource(ms: number): void {
    if (this.#state !== 'grace') return;
    this.#grace.begin(ms);
    if (this.#claim !== undefined) this.#grace.hold();
  }

  /** The source, a copy, has handed over what there was before. */
  onCaughtUp(source: Source): void {
    const isBegun = this.#source === source && this.broadcast.cache.hasGroup;
    if (isBegun && this.#state === 'starting') this.#goLive();
  }

  /** The path of the source has changed: relays downstream are told. */
  announcePath(): void {
    for (const player of this.players()) player.onPath?.(this.path);
    for (const tap of this.broadcast.taps) tap.onPath(this.path);
  }

  /** Ends the stream for all players; those who wait go on waiting unless the relay stops. */
  end(reason: PlayEndReason): void {
    const { fanOut, taps } = this.broadcast;
    this.#pause.stop();
    this.#grace.stop();
    this.#source = undefined;
    this.#state = 'absent';
    this.broadcast.end();
    if (reason === 'ended') fanOut.finish();
    this.#dismiss([...this.players()], reason);
    if (reason === 'shutdown') {
      this.#dropClaim();
      this.#waiting.dismissAll(reason);
    } else for (const tap of taps) tap.onEnd(); // when the relay stops, whoever tapped stops by itself
    this.#observer.onEnd?.(this);
    this.#checkIdle();
  }

  // --- players and taps

  /** Adds a player: it waits, and be it until the caller has returned. */
  play(player: Player, options: PlayOptions): void {
    if (player.isRelay) this.broadcast.cache.wantPast();
    this.#waiting.add(player, options);
    this.#clock.next(() => this.#welcome(player));
  }

  /** Takes a player out, waiting or not; it is not called any more. */
  stop(player: Player): void {
    this.#waiting.remove(player);
    this.broadcast.fanOut.remove(player);
    this.#checkIdle();
  }

  /** Stops or resumes what a player gets, waiting or not. */
  pause(player: Player, isPaused: boolean): void {
    if (!this.#waiting.pause(player, isPaused)) this.broadcast.fanOut.pause(player, isPaused);
  }

  /** Changes what a player gets, waiting or not. */
  change(player: Player, form: WireForm): void {
    if (!this.#waiting.change(player, form)) this.broadcast.fanOut.change(player, form);
  }

  /** Tells those who wait that the stream does not come. */
  refuseWaiting(): void {
    this.#waiting.dismissAll('not-found');
    for (const tap of this.broadcast.taps) tap.onNotFound();
    this.#checkIdle();
  }

  /** Lets go of players whose socket takes nothing. */
  dropStalled(): void {
    this.#dismiss(this.broadcast.fanOut.stalled(this.#clock.now()), 'stalled');
    this.#checkIdle();
  }

  /** Adds a tap: it is given the keyframe group now, if there is one, and every frame from now on. */
  tap(tap: FrameTap): void {
    const { taps, cache } = this.broadcast;
    taps.add(tap);
    // of a copy there is nothing to tap: this thread is to become the stream's home and does not know it yet
    if (this.#state === 'live' && !this.#source?.isCopy) taps.welcome(tap, this.path, cache);
  }

  untap(tap: FrameTap): void {
    this.broadcast.taps.delete(tap);
    this.#checkIdle();
  }

  #conflict(): string | undefined {
    const tenure = {
      key: this.key,
      isPublished: this.#source !== undefined && !standsIn(this.#source),
      isClaimed: this.#claim !== undefined,
      takenOverMs: this.#clock.now() - (this.#takenOverAt ?? Number.NEGATIVE_INFINITY),
      isSending: this.broadcast.hasMediaWithin(SENDING_MS),
    };
    return conflictOver(tenure, this.#settings);
  }

  #consider(claim: Claim, frame: Frame): void {
    this.broadcast.count(frame);
    const wasLive = this.#state === 'live';
    const isKnown = (first: Frame) => this.broadcast.lagOf(first) !== undefined;
    const frames = claim.take(frame, wasLive, claim.source.mayGoOn ? isKnown : undefined);
    if (frames === undefined) return;
    const opening = [...frames];
    const isTakeover = this.#source !== undefined && !standsIn(this.#source);
    this.#dropClaim();
    this.begin(claim.source);
    if (isTakeover) this.#takenOverAt = this.#clock.now();
    if (wasLive && !hasVideo(frame.kind)) this.broadcast.expectNoVideo(); // the claim has waited for it
    for (const each of opening) this.broadcast.take(each);
  }

  #dropClaim(): Claim | undefined {
    const claim = this.#claim;
    this.#claim = undefined;
    claim?.close();
    return claim;
  }

  #startOver(state: StreamState): void {
    this.#state = state;
    this.broadcast.restart(this.#source?.isCopy);
    if (this.#isCopyAgain) this.broadcast.resume();
  }

  #goLive(): void {
    this.#state = 'live';
    this.announcePath();
    this.broadcast.goLive(this.path);
    this.#observer.onLive?.(this);
    for (const player of [...this.#waiting]) this.#waiting.seat(player, this.broadcast, this.path);
  }

  #welcome(player: Player): void {
    if (!this.#waiting.has(player)) return;
    if (this.#state === 'live') this.#waiting.seat(player, this.broadcast, this.path);
    if (this.#state !== 'live' || this.broadcast.isDry) player.onDry?.(true);
  }

  #dismiss(players: readonly Player[], reason: PlayEndReason): void {
    for (const player of players) if (this.broadcast.fanOut.remove(player)) player.onEnd(reason);
  }

  *#everybody(): Generator<Player> {
    yield* this.#waiting;
    yield* this.players();
  }

  #checkIdle(): void {
    const { fanOut, taps } = this.broadcast;
    const isUsed = this.#waiting.size + fanOut.playerCount + taps.size > 0 || this.#claim !== undefined;
    if (this.#state === 'absent' && !isUsed) this.#onIdle(this);
  }
}
