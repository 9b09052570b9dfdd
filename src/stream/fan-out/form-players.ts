import type { Preface } from '../cache/preface-store.ts';
import type { Frame } from '../frame.ts';
import type { FormBatch } from './form-batch.ts';
import { pack, packBeginning, packPrefaces } from './pack.ts';
import type { Seat, Taken } from './seat.ts';
import { type WireForm, wrap } from './wire-form.ts';

/** A keyframe group that was there before the form is packed into pieces of about this many bytes. */
const PIECE_BYTES = 128 * 1024;

/** All players of a stream that take the same bytes, and the burst that the next one is sent. */
export class FormPlayers {
  readonly form: WireForm;
  /** Downstream relays: they are served first, since players of their own wait behind them. */
  readonly #relays: Seat[] = [];
  readonly #players: Seat[] = [];
  /** Metadata, headers and all batches since the keyframe; undefined while there is no keyframe group. */
  #burst: Buffer[] | undefined;

  constructor(form: WireForm) {
    this.form = form;
  }

  get playerCount(): number {
    return this.#relays.length + this.#players.length;
  }

  /** What a player that joins now is sent first; undefined when it has to wait for a start point. */
  get burst(): readonly Buffer[] | undefined {
    return this.#burst;
  }

  /** Builds the burst from frames that were sent to others before this form was used. */
  openGroup(frames: readonly Frame[], prefaces: readonly Preface[]): void {
    const [keyframe] = frames;
    if (keyframe === undefined || !this.form.packing.hasVideo) return;
    const pieces: Frame[][] = [];
    let size = PIECE_BYTES;
    for (const frame of frames) {
      if (size >= PIECE_BYTES) {
        pieces.push([]);
        size = 0;
      }
      pieces.at(-1)?.push(frame);
      size += frame.payload.length;
    }
    const { packing } = this.form;
    this.#burst = [packPrefaces(packing, prefaces, keyframe.timestamp, 'begin')]
      .concat(pieces.map((piece, i) => (i === 0 ? packBeginning : pack)(packing, piece)))
      .map((bytes) => wrap(this.form, bytes))
      .filter(({ length }) => length > 0);
  }

  /** Forgets the burst: the keyframe group is over a bound, or the source has changed. */
  dropGroup(): void {
    this.#burst = undefined;
  }

  add(seat: Seat): void {
    const list = seat.player.isRelay ? this.#relays : this.#players;
    seat.index = list.length;
    list.push(seat);
  }

  remove(seat: Seat): void {
    const list = seat.player.isRelay ? this.#relays : this.#players;
    if (list[seat.index] !== seat) return;
    const last = list.pop() as Seat;
    if (last !== seat) {
      list[seat.index] = last;
      last.index = seat.index;
    }
    seat.index = -1;
  }

  /** Makes a batch that was sent part of the burst. */
  extendGroup(batch: FormBatch): void {
    if (!this.form.packing.hasVideo) return;
    if (batch.hasStart) this.#burst = [batch.opening, batch.fromStart].filter(({ length }) => length > 0);
    else if (batch.whole.length > 0) this.#burst?.push(batch.whole);
  }

  /**
   * Sends a batch: the one loop that runs once per player and batch. Backwards, so that a player may leave from within.
   * @param version - of the cache before the batch
   */
  send(to: 'relays' | 'players', batch: FormBatch, version: number, now: number, taken: Taken): void {
    const seats = to === 'relays' ? this.#relays : this.#players;
    const { whole } = batch;
    for (let i = seats.length - 1; i >= 0; i--) {
      const seat = seats[i] as Seat;
      if (seat.isSteady && seat.player.backlogBytes === 0) {
        if (whole.length === 0) continue; // nothing in it is for players of this form
        seat.player.write(whole);
        taken.sentBytes += whole.length;
      } else seat.take(batch, version, now, taken);
    }
  }
}
