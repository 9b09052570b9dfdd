import type { FormBatch } from './form-batch.ts';
import type { Seat, Taken } from './seat.ts';
import type { WireForm } from './wire-form.ts';

/** All players of a stream that take the same bytes. */
export class FormPlayers {
  readonly form: WireForm;
  /** Downstream relays: they are served first, since players of their own wait behind them. */
  readonly #relays: Seat[] = [];
  readonly #players: Seat[] = [];

  constructor(form: WireForm) {
    this.form = form;
  }

  get playerCount(): number {
    return this.#relays.length + this.#players.length;
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

  /**
   * Sends a batch: the one loop that runs once per player and batch. Backwards, so that a player may leave from within.
   * @param version - of the cache before the batch
   */
  send(to: 'relays' | 'players', batch: FormBatch, version: number, now: number, taken: Taken): void {
    const seats = to === 'relays' ? this.#relays : this.#players;
    const { shared } = batch;
    for (let i = seats.length - 1; i >= 0; i--) {
      const seat = seats[i] as Seat;
      if (shared !== undefined && seat.isSteady && seat.player.backlogBytes === 0) {
        if (shared.length === 0) continue; // nothing in it is for players of this form
        seat.player.write(shared);
        taken.sentBytes += shared.length;
      } else seat.take(batch, version, now, taken);
    }
  }
}
