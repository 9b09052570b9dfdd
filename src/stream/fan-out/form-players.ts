import type { HeaderFrame } from '../frame.ts';
import type { Seat } from './seat.ts';
import type { WireForm } from './wire-form.ts';

/** All players of a stream that take the same bytes. */
export class FormPlayers {
  readonly form: WireForm;
  /** Downstream relays. */
  readonly relays: Seat[] = [];
  readonly players: Seat[] = [];
  /** The header that those have who have begun; for forms to which it matters what takes its place. */
  header: HeaderFrame | undefined;

  constructor(form: WireForm) {
    this.form = form;
  }

  get playerCount(): number {
    return this.relays.length + this.players.length;
  }

  /** Takes note of a header in the place of the one before. @returns those who cannot go on with it */
  change(header: HeaderFrame): Seat[] {
    const { goesOnWith } = this.form;
    if (goesOnWith === undefined) return [];
    const before = this.header;
    this.header = header;
    if (before === undefined || goesOnWith(before, header)) return [];
    return [...this.relays, ...this.players].filter(({ hasBegun }) => hasBegun);
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
