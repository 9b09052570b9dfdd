import type { Player } from '../player.ts';
import { BacklogGauge, type BacklogLimits } from './backlog-gauge.ts';
import type { FormBatch } from './form-batch.ts';
import type { Packing } from './wire-form.ts';

/** A burst is handed to the socket in slices of about this many bytes. */
const SLICE_BYTES = 256 * 1024;

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
  readonly #onBurst: (sentBytes: number) => void;
  #state: SeatState = 'waiting';
  /** Cache version up to which the player has metadata and headers; counts while it is not flowing. */
  #version = 0;
  /** Whether the player was sent the headers of a beginning. */
  #hasBegun = false;
  #gauge: BacklogGauge | undefined;
  /** What is yet to be handed to the socket while joining. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** What may be queued before the player counts as lagging. */
  #queueLimit = 0;
  /** What the player got before it changed its form, as long as headers that this left out are missing. */
  #former: Packing | undefined;
  /** Place in the list that holds the seat; the list's own. */
  index = -1;

  /** @param onBurst - told how much of a burst was written, slice by slice */
  constructor(player: Player, limits: BacklogLimits, onBurst: (sentBytes: number) => void) {
    this.player = player;
    this.#limits = limits;
    this.#onBurst = onBurst;
  }

  get state(): SeatState {
    return this.#state;
  }

  /** Whether the player gets every batch as it is and is not being watched. */
  get isSteady(): boolean {
    return this.#state === 'flowing' && this.#gauge === undefined && this.#former === undefined;
  }

  /** Whether the player misses frames because it does not keep up. */
  get isLagging(): boolean {
    return this.#state === 'lagging' || this.#state === 'audioOnly';
  }

  /** Starts with a burst: what a decoder needs, then all that was sent since the keyframe. */
  join(burst: readonly Buffer[], now: number): void {
    this.#state = 'joining';
    this.#hasBegun = true;
    this.#queue = [...burst];
    this.#queuedBytes = burst.reduce((sum, { length }) => sum + length, 0);
    this.#queueLimit = this.#queuedBytes + this.#limits.maxBacklogBytes;
    this.#gauge = new BacklogGauge(0, now);
    this.#pump();
  }

  /** Writes what is queued without waiting for the socket: nothing comes after it. */
  finish(): void {
    if (this.#state !== 'joining') return;
    this.#onBurst(this.#queuedBytes);
    for (const bytes of this.#queue) this.player.write(bytes);
    this.#dropQueue();
  }

  /** The player is gone: what is queued is not written any more. */
  leave(): void {
    this.#state = 'left';
    this.#dropQueue();
    this.#gauge = undefined;
  }

  /** Stops what the player gets; it has all metadata and headers up to `version`. */
  pause(version: number): void {
    if (this.#state === 'flowing') this.#fallBehind('paused', version);
    else this.#state = 'paused';
    this.#former = undefined;
    this.#dropQueue();
  }

  /** Ends a pause: goes on at the next start point. */
  unpause(): void {
    if (this.#state === 'paused') this.#state = 'waiting';
  }

  /** From the next batch on the player gets another form: goes on at once, only video that it did not get at a keyframe. */
  change(from: Packing, to: Packing): void {
    switch (this.#state) {
      case 'flowing':
      case 'joining': {
        this.#former ??= from;
        if (!to.hasVideo || this.#former.hasVideo) return;
        this.#dropQueue();
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
        this.#enqueue(batch, taken);
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
    if (this.#state === 'joining') this.#gauge?.pressure(this.player.backlogBytes, now, this.#limits);
    else this.#measure(now);
    return this.#gauge === undefined ? 0 : now - this.#gauge.progressAt;
  }

  #flow(batch: FormBatch, version: number, now: number, taken: Taken): void {
    const pressure = this.#measure(now);
    if (pressure < (batch.isMixed ? FULL : HALF)) {
      this.#introduce(batch, now, taken);
      this.#write(batch.whole, now, taken);
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
    taken.droppedFrames += batch.countBeforeStart(isAudioFlowing);
    if (isAudioFlowing) {
      this.#introduce(batch, now, taken);
      this.#write(batch.audioBeforeStart, now, taken);
    }
    this.#begin(batch, now, taken);
  }

  /** Leaves out video, or everything. */
  #drop(batch: FormBatch, pressure: number, now: number, taken: Taken): void {
    if (pressure >= FULL) this.#state = 'lagging';
    const isLagging = this.#state === 'lagging';
    taken.droppedFrames += batch.count(!isLagging);
    if (isLagging) return;
    this.#introduce(batch, now, taken);
    this.#write(batch.audio, now, taken);
  }

  #begin(batch: FormBatch, now: number, taken: Taken): void {
    this.#state = 'flowing';
    this.#former = undefined;
    this.#write(this.#hasBegun ? batch.preface(this.#version) : batch.opening, now, taken);
    this.#hasBegun = true;
    this.#write(batch.fromStart, now, taken);
  }

  /** Leaves the flow: the player has metadata and headers up to `version`, or not all kinds of them. */
  #fallBehind(state: 'audioOnly' | 'lagging' | 'paused', version: number): void {
    this.#version = this.#former === undefined ? version : 0;
    this.#state = state;
  }

  /** The headers that the player's former form left out, as soon as there is something to decode with them. */
  #introduce(batch: FormBatch, now: number, taken: Taken): void {
    const missing = this.#former && batch.prefaceBeyond(this.#former, this.#state === 'flowing');
    if (missing === undefined) return;
    this.#former = undefined;
    this.#write(missing, now, taken);
  }

  #write(bytes: Buffer, now: number, taken: Taken): void {
    if (bytes.length === 0) return;
    this.player.write(bytes);
    this.#gauge?.accept(bytes.length, now);
    taken.sentBytes += bytes.length;
  }

  #measure(now: number): number {
    const { backlogBytes } = this.player;
    if (backlogBytes === 0) {
      this.#gauge = undefined;
      return 0;
    }
    this.#gauge ??= new BacklogGauge(backlogBytes, now);
    return this.#gauge.pressure(backlogBytes, now, this.#limits);
  }

  /** Puts live media behind a burst that is not out yet. */
  #enqueue(batch: FormBatch, taken: Taken): void {
    const { whole } = batch;
    if (this.#queuedBytes + whole.length > this.#queueLimit) {
      taken.droppedFrames += batch.count(false);
      this.#version = 0; // what is dropped here may have had headers
      this.#state = 'lagging';
      this.#former = undefined;
      this.#dropQueue();
      return;
    }
    const missing = this.#former && batch.prefaceBeyond(this.#former, true);
    if (missing !== undefined) {
      this.#former = undefined;
      this.#push(missing);
    }
    this.#push(whole);
  }

  #push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** Hands over the next slice; the one after it follows when the socket has taken this one. */
  #pump(): void {
    if (this.#state !== 'joining') return;
    let count = 0;
    let size = 0;
    while (count < this.#queue.length && size < SLICE_BYTES) size += this.#queue[count++]?.length ?? 0;
    if (count === 0) {
      this.#state = 'flowing';
      this.#gauge = undefined;
      return;
    }
    const slice = this.#queue.splice(0, count);
    this.#queuedBytes -= size;
    this.#gauge?.accept(size, this.#gauge.progressAt);
    this.#onBurst(size);
    const last = slice.pop();
    this.player.cork?.();
    for (const bytes of slice) this.player.write(bytes);
    if (last !== undefined) this.player.write(last, () => this.#pump());
    this.player.uncork?.();
  }
}
