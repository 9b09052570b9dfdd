import { BacklogGauge, type BacklogLimits } from './backlog-gauge.ts';
import type { Player } from './player.ts';
import type { WireBatch } from './wire-batch.ts';

/** A burst is handed to the socket in slices of about this many bytes. */
const SLICE_BYTES = 256 * 1024;

/**
 * What a player gets of a stream.
 * - `waiting`: nothing, until a batch has a start point
 * - `joining`: the burst is on its way, what is live follows behind it
 * - `flowing`: everything
 * - `audioOnly`: half the backlog limit was reached: everything but video
 * - `lagging`: the limit was reached: nothing, until the backlog is gone and a batch has a start point
 * - `paused`: nothing, by its own wish
 */
export type SeatState = 'waiting' | 'joining' | 'flowing' | 'audioOnly' | 'lagging' | 'paused';

/** What {@link Seat.take} did with a batch. */
export interface Taken {
  sentBytes: number;
  droppedFrames: number;
}

/** A player's place in the fan-out of a stream: decides batch by batch what it is sent. */
export class Seat {
  readonly player: Player;
  readonly #limits: BacklogLimits;
  #state: SeatState = 'waiting';
  /** Cache version up to which the player has metadata and headers; counts while it is not flowing. */
  #version = 0;
  #gauge: BacklogGauge | undefined;
  /** What is yet to be handed to the socket while joining. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** What may be queued before the player counts as lagging. */
  #queueLimit = 0;
  /** Place in the list that holds the seat; the list's own. */
  index = -1;

  constructor(player: Player, limits: BacklogLimits) {
    this.player = player;
    this.#limits = limits;
  }

  get state(): SeatState {
    return this.#state;
  }

  /** Whether the player is behind and being watched for it. */
  get isSlow(): boolean {
    return this.#gauge !== undefined;
  }

  /** Whether the player misses frames because it does not keep up. */
  get isLagging(): boolean {
    return this.#state === 'lagging' || this.#state === 'audioOnly';
  }

  /** Starts with a burst: what a decoder needs, then all that was sent since the keyframe. @returns bytes of it */
  join(burst: readonly Buffer[], now: number): number {
    let bytes = 0;
    for (const part of burst) bytes += part.length;
    this.#state = 'joining';
    this.#queue = [...burst];
    this.#queuedBytes = bytes;
    this.#queueLimit = bytes + this.#limits.maxBacklogBytes;
    this.#gauge = new BacklogGauge(0, now);
    this.#pump();
    return bytes;
  }

  /** Stops what the player gets; it has all metadata and headers up to `version`. */
  pause(version: number): void {
    if (this.#state === 'flowing') this.#version = version;
    this.#state = 'paused';
    this.#queue = [];
  }

  /** Ends a pause: goes on at the next start point. */
  unpause(): void {
    if (this.#state === 'paused') this.#state = 'waiting';
  }

  /** Moves over from a seat in another form: keeps what the player has, goes on at the next start point or at once. */
  continueFrom(other: Seat, version: number, atOnce: boolean): void {
    this.#version = other.#state === 'flowing' ? version : other.#version;
    if (other.#state === 'paused') this.#state = 'paused';
    else if (atOnce && other.#state === 'flowing') this.#state = 'flowing';
  }

  /** Gives the player its part of a batch. @param version - of the cache before the batch; @param now - milliseconds */
  take(batch: WireBatch, version: number, now: number, taken: Taken): void {
    switch (this.#state) {
      case 'flowing':
        this.#flow(batch, version, now, taken);
        return;
      case 'joining':
        this.#enqueue(batch, version, taken);
        return;
      case 'waiting':
        if (batch.hasStart) this.#begin(batch, now, taken);
        return;
      case 'audioOnly':
      case 'lagging':
        this.#catchUp(batch, now, taken);
        return;
      case 'paused':
        return;
      default:
        this.#state satisfies never;
    }
  }

  /** How long the socket has taken nothing though there is something to take, milliseconds. */
  stalledMs(now: number): number {
    if (this.#gauge === undefined) return 0;
    const { backlogBytes } = this.player;
    if (backlogBytes === 0 && this.#state !== 'joining') return 0;
    this.#gauge.pressure(backlogBytes, now, this.#limits);
    return now - this.#gauge.progressAt;
  }

  #flow(batch: WireBatch, version: number, now: number, taken: Taken): void {
    const pressure = this.#measure(now);
    if (pressure < 0.5) this.#write(batch.whole, now, taken);
    else {
      this.#version = version;
      this.#state = 'audioOnly';
      this.#drop(batch, pressure, now, taken);
    }
  }

  #catchUp(batch: WireBatch, now: number, taken: Taken): void {
    const pressure = this.#measure(now);
    if (pressure < 0.25 && batch.hasStart) this.#begin(batch, now, taken);
    else this.#drop(batch, pressure, now, taken);
  }

  /** Leaves out video, or everything. */
  #drop(batch: WireBatch, pressure: number, now: number, taken: Taken): void {
    if (pressure >= 1) this.#state = 'lagging';
    if (this.#state === 'lagging') taken.droppedFrames += batch.frameCount;
    else {
      taken.droppedFrames += batch.videoFrameCount;
      this.#write(batch.audio, now, taken);
    }
  }

  #begin(batch: WireBatch, now: number, taken: Taken): void {
    this.#state = 'flowing';
    this.#write(batch.preface(this.#version), now, taken);
    this.#write(batch.fromStart, now, taken);
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
  #enqueue(batch: WireBatch, version: number, taken: Taken): void {
    const { whole } = batch;
    if (this.#queuedBytes + whole.length > this.#queueLimit) {
      taken.droppedFrames += batch.frameCount;
      this.#version = version;
      this.#state = 'lagging';
      this.#queue = [];
      return;
    }
    this.#queue.push(whole);
    this.#queuedBytes += whole.length;
    taken.sentBytes += whole.length;
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
    const last = slice.pop();
    for (const bytes of slice) this.player.write(bytes);
    if (last !== undefined) this.player.write(last, () => this.#pump());
  }
}
