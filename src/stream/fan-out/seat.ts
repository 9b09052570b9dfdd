import type { Player, PlayStanding } from '../player.ts';
import { BacklogGauge, type BacklogLimits } from './backlog-gauge.ts';
import type { FormBatch } from './form-batch.ts';
import type { CatchUps } from './joining/catch-ups.ts';
import type { Part } from './part.ts';
import { type Load, SendQueue } from './send-queue.ts';
import { type Packing, type WireForm, wrapParts } from './wire-form.ts';

/** What waits for one player is handed to the socket in slices of about this many bytes. */
const SLICE_BYTES = 256 * 1024;

/** At the end of a stream no more than about so many bytes are packed for one player. */
const LAST_BYTES = 2 ** 20;

/**
 * Parts of the backlog limits: from the first on video is left out where audio can go on without it, at the second all is,
 * below the third it goes on.
 */
const HALF = 0.5;
const FULL = 1;
const QUARTER = 0.25;

/**
 * What a player gets of a stream.
 * - `waiting`: nothing, until a batch has a start point
 * - `joining`: the burst is on its way, what is live follows behind it
 * - `flowing`: everything
 * - `audioOnly`: half the backlog limit was reached, or video was asked for just now: everything but video, until it can
 *   go on
 * - `lagging`: the limit was reached: nothing, until the backlog is gone and a batch has a start point
 * - `paused`: nothing, by its own wish
 * - `left`: nothing any more
 */
export type SeatState = 'waiting' | 'joining' | 'flowing' | 'audioOnly' | 'lagging' | 'paused' | 'left';

/** What {@link Seat.take} did with a batch. */
export interface Taken {
  sentBytes: number;
  droppedFrames: number;
}

/** A player's place in the fan-out of a stream: decides batch by batch what it is sent. */
export class Seat {
  readonly player: Player;
  readonly #limits: BacklogLimits;
  readonly #onSlice: (sentBytes: number) => void;
  #form: WireForm;
  #state: SeatState = 'waiting';
  /** Cache version up to which the player has metadata and headers; counts while it is not flowing. */
  #version = 0;
  #hasBegun = false;
  #gauge: BacklogGauge | undefined;
  /** What waits for the slice that the socket is taking; undefined when there is no such slice. */
  #queue: SendQueue | undefined;
  /** What the queue may cost while joining, bytes: with more the player counts as lagging. */
  #queueLimit = 0;
  /** Gives the turns in which what was missed is sent; undefined for whoever has missed nothing. */
  #catchUps: CatchUps | undefined;
  /** What the player got before it changed its form, as long as headers that this left out are missing. */
  #former: Packing | undefined;
  #droppedFrames = 0;
  /** Place in the list that holds the seat; the list's own. */
  index = -1;

  /** @param onSlice - told how much of what waited for the player was written, slice by slice */
  constructor(player: Player, form: WireForm, limits: BacklogLimits, onSlice: (sentBytes: number) => void) {
    this.player = player;
    this.#form = form;
    this.#limits = limits;
    this.#onSlice = onSlice;
  }

  get state(): SeatState {
    return this.#state;
  }

  /** Whether the player gets every batch as it is and is not being watched. */
  get isSteady(): boolean {
    return (
      this.#state === 'flowing' &&
      this.#gauge === undefined &&
      this.#former === undefined &&
      this.#queue === undefined
    );
  }

  /** Whether the player was sent the headers of a beginning. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the player misses frames because it does not keep up. */
  get isLagging(): boolean {
    return this.#state === 'lagging' || this.#state === 'audioOnly';
  }

  /** How the player keeps up. @param now - milliseconds of the clock */
  standing(now: number): PlayStanding {
    const queuedBytes = this.#queue?.bytes ?? 0;
    const backlogBytes = this.player.backlogBytes + queuedBytes;
    const backlogMs = backlogBytes === 0 ? 0 : (this.#gauge?.ageMs(backlogBytes, now) ?? 0);
    return { isLagging: this.isLagging, droppedFrames: this.#droppedFrames, queuedBytes, backlogMs };
  }

  /**
   * Starts with a burst: what a decoder needs, then all that was sent since the keyframe, or since the player left off.
   * @param catchUps - gives the turns in which it is sent; without it goes as fast as the socket takes it
   */
  join(burst: readonly Load[], now: number, catchUps?: CatchUps): void {
    this.#state = 'joining';
    this.#hasBegun = true;
    this.#gauge = new BacklogGauge(0, this.player.takenBytes, now);
    this.#queue = new SendQueue(burst);
    this.#queueLimit = this.#queue.cost + this.#limits.maxBacklogBytes;
    this.#catchUps = catchUps;
    this.#sendInTurn();
  }

  /** Writes what waits without waiting for the socket: nothing comes after it. Of what is not packed yet only a little. */
  finish(): void {
    const queue = this.#queue;
    if (queue === undefined) return;
    while (queue.bytes > 0 && (queue.isPacked || this.player.backlogBytes < LAST_BYTES))
      this.#writeSlice(queue.take(SLICE_BYTES));
    queue.clear();
  }

  /** The player is gone: what is queued is not written any more. */
  leave(): void {
    this.#state = 'left';
    this.#queue?.clear();
    this.#gauge = undefined;
  }

  /** Stops what the player gets; it has all metadata and headers up to `version`. */
  pause(version: number): void {
    if (this.#state === 'joining') this.#queue?.clear();
    if (this.#state === 'flowing') this.#fallBehind('paused', version);
    else this.#state = 'paused';
    this.#former = undefined;
  }

  /** Ends a pause: goes on at the next start point. */
  unpause(): void {
    if (this.#state === 'paused') this.#state = 'waiting';
  }

  /** From the next batch on the player gets another form: goes on at once, only video that it did not get at a keyframe. */
  change(form: WireForm): void {
    const from = this.#form.packing;
    const to = form.packing;
    this.#form = form;
    switch (this.#state) {
      case 'flowing':
      case 'joining': {
        this.#former ??= from;
        if (!to.hasVideo || this.#former.hasVideo) return;
        if (this.#state === 'joining') this.#queue?.clear();
        this.#state = 'audioOnly';
        break;
      }
      case 'audioOnly':
        this.#former ??= from;
        break;
      default:
    }
    this.#version = 0;
  }

  /** Gives the player its part of a batch. @param version - of the cache before the batch; @param now - milliseconds */
  take(batch: FormBatch, version: number, now: number, taken: Taken): void {
    switch (this.#state) {
      case 'flowing':
        this.#flow(batch, version, now, taken);
        return;
      case 'joining':
        this.#enqueue(batch, now, taken);
        return;
      case 'waiting':
        if (batch.fromStart.length > 0 && this.#measure(now) < QUARTER) this.#begin(batch, now, taken);
        return;
      case 'audioOnly':
      case 'lagging':
        this.#catchUp(batch, now, taken);
        return;
      case 'paused':
      case 'left':
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** How long the socket has taken nothing though there is something to take, milliseconds. */
  stalledMs(now: number): number {
    if (this.#state !== 'joining') this.#measure(now);
    return this.#gauge?.idleMs(this.player.takenBytes, now) ?? 0;
  }

  #flow(batch: FormBatch, version: number, now: number, taken: Taken): void {
    const pressure = this.#measure(now);
    if (pressure < (batch.isMixed ? FULL : HALF)) {
      this.#introduce(batch, now, taken);
      this.#send(batch.whole, batch, now, taken);
    } else {
      this.#fallBehind('audioOnly', version);
      this.#drop(batch, pressure, now, taken);
    }
  }

  #catchUp(batch: FormBatch, now: number, taken: Taken): void {
    const pressure = this.#measure(now);
    if (pressure >= QUARTER || !batch.hasStart) {
      this.#drop(batch, pressure, now, taken);
      return;
    }
    const isAudioFlowing = this.#state === 'audioOnly';
    this.#leaveOut(batch.countBeforeStart(isAudioFlowing), taken);
    if (isAudioFlowing) {
      this.#introduce(batch, now, taken);
      this.#send(batch.audioBeforeStart, batch, now, taken);
    }
    this.#begin(batch, now, taken);
  }

  /** Leaves out video, or everything. */
  #drop(batch: FormBatch, pressure: number, now: number, taken: Taken): void {
    if (pressure >= FULL || batch.isMixed) this.#state = 'lagging';
    const isLagging = this.#state === 'lagging';
    this.#leaveOut(batch.count(!isLagging), taken);
    if (isLagging) return;
    this.#introduce(batch, now, taken);
    this.#send(batch.audio, batch, now, taken);
  }

  #leaveOut(frames: number, taken: Taken): void {
    this.#droppedFrames += frames;
    taken.droppedFrames += frames;
  }

  #begin(batch: FormBatch, now: number, taken: Taken): void {
    this.#state = 'flowing';
    this.#former = undefined;
    this.#send(this.#hasBegun ? batch.preface(this.#version) : batch.opening, batch, now, taken);
    this.#hasBegun = true;
    this.#send(batch.fromStart, batch, now, taken);
  }

  /** Leaves the flow: the player has metadata and headers up to `version`, or not all kinds of them. */
  #fallBehind(state: 'audioOnly' | 'lagging' | 'paused', version: number): void {
    this.#version = this.#former === undefined ? version : 0;
    this.#state = state;
  }

  /** The headers that the player's former form left out, as soon as there is something to decode with them. */
  #introduce(batch: FormBatch, now: number, taken: Taken): void {
    const missing = this.#former && batch.prefaceBeyond(this.#former, this.#state !== 'audioOnly');
    if (missing === undefined) return;
    this.#former = undefined;
    this.#send(missing, batch, now, taken);
  }

  /** Puts live media behind a burst that is not out yet. */
  #enqueue(batch: FormBatch, now: number, taken: Taken): void {
    if ((this.#queue?.cost ?? 0) + batch.whole.length > this.#queueLimit) {
      this.#leaveOut(batch.count(false), taken);
      this.#queue?.clear();
      this.#version = 0; // what is dropped here may have had headers
      this.#state = 'lagging';
      this.#former = undefined;
      return;
    }
    this.#introduce(batch, now, taken);
    this.#send(batch.whole, batch, now, taken);
  }

  #measure(now: number): number {
    const backlogBytes = this.player.backlogBytes + (this.#queue?.bytes ?? 0);
    if (backlogBytes === 0) {
      this.#gauge = undefined;
      return 0;
    }
    this.#gauge ??= new BacklogGauge(backlogBytes, this.player.takenBytes, now);
    return this.#gauge.pressure(backlogBytes, now, this.#limits);
  }

  /** Writes a part of a batch, or puts it behind what waits. */
  #send(part: Part | undefined, batch: FormBatch, now: number, taken: Taken): void {
    if (part === undefined || part.length === 0) return;
    const { isRare } = this.#form.packing;
    if (isRare || this.#state === 'joining' || (this.#queue?.bytes ?? 0) > 0) {
      this.#hold(isRare ? part.runs : [part.bytes], now);
      return;
    }
    const bytes = batch.bytesOf(part);
    this.player.write(bytes);
    this.#gauge?.accept(bytes.length, now);
    taken.sentBytes += bytes.length;
  }

  #hold(loads: readonly Load[], now: number): void {
    const isSending = this.#queue !== undefined;
    this.#queue ??= new SendQueue();
    for (const load of loads) {
      this.#queue.push(load);
      if (this.#state !== 'joining') this.#gauge?.accept(load.length, now);
    }
    if (!isSending) this.#sendSlice();
  }

  #sendInTurn(): void {
    if (this.#catchUps === undefined) this.#sendSlice();
    else this.#catchUps.request(() => this.#sendSlice());
  }

  /** Hands over the next slice; the one after it follows when the socket has taken this one. */
  #sendSlice(): void {
    const slice = this.#queue?.take(SLICE_BYTES) ?? [];
    if (slice.length === 0) {
      this.#queue = undefined;
      this.#catchUps = undefined;
      if (this.#state !== 'joining') return;
      this.#state = 'flowing';
      this.#gauge = undefined;
      return;
    }
    if (this.#queue?.bytes === 0) this.#catchUps = undefined; // what comes from now on is live, and waits for no turn
    const size = this.#writeSlice(slice, () => this.#sendInTurn());
    if (this.#state === 'joining') this.#gauge?.accept(size, this.#gauge.progressAt);
  }

  /** @returns how many bytes it wrote */
  #writeSlice(slice: readonly Buffer[], onTaken?: () => void): number {
    const parts = wrapParts(this.#form, slice);
    const last = parts.length - 1;
    let size = 0;
    this.player.cork?.();
    for (const [i, bytes] of parts.entries()) {
      size += bytes.length;
      this.player.write(bytes, i === last ? onTaken : undefined);
    }
    this.player.uncork?.();
    this.#onSlice(size);
    return size;
  }
}
