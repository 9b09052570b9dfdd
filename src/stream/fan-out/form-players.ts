import type { Seat } from './seat.ts';
import type { WireForm } from './wire-form.ts';

/** All players of a stream that take the same bytes. */
export class FormPlayers {
  readonly form: WireForm;
  /** Downstream relays. */
  readonly relays: Seat[] = [];
  readonly players: Seat[] = [];

  constructor(form: WireForm) {
    this.form = form;
  }

  get playerCount(): number {
    return this.relays.length + this.players.length;
  }

  add(seat: Seat): void {
    const list = seat.player.isRelay ? this.relays : this.players;
    seat.index = list.length;
    list.push(seat);
  }

  remove(seat: Seat): void {
    const list = seat.player.isRelay ? this.relays : this.players;
    if (list[seat.index] !== seat) return;
    const last = list.pop() as Seat;
    if (last !== seat) {
      list[seat.index] = last;
      last.index = seat.index;
    }
    seat.index = -1;
  }
}
