import type { Clock } from '../clock.ts';
import { FormBatch } from './form-batch.ts';
import type { FormPlayers } from './form-players.ts';
import type { PackedFlush } from './packed-flush.ts';
import type { Seat, Taken } from './seat.ts';

/** A turn of the loop goes to players for about this long, milliseconds: then those who join or publish are heard. */
const TURN_MS = 4;

/** How many players are sent a batch between two looks at the clock. */
const PLAYERS_A_LOOK = 16;

/** Some players who are sent the same batch; those before `end` have not been sent it yet. */
interface Leg {
  readonly seats: readonly Seat[];
  readonly batch: FormBatch;
  end: number;
}

/** One flush on its way to all players of a stream, in as many turns of the loop as it takes. */
export class Sending {
  /** Since when its oldest frame has waited, milliseconds. */
  readonly since: number;
  readonly taken: Taken = { sentBytes: 0, droppedFrames: 0 };
  readonly #clock: Clock;
  /** Of the cache before the flush. */
  readonly #version: number;
  readonly #legs: Leg[] = [];

  constructor(
    clock: Clock,
    packed: PackedFlush,
    forms: Iterable<FormPlayers>,
    since: number,
    version: number,
  ) {
    this.#clock = clock;
    this.since = since;
    this.#version = version;
    const players: Leg[] = [];
    for (const form of forms) {
      const batch = new FormBatch(packed, form.form);
      this.#legs.push({ seats: form.relays, batch, end: form.relays.length });
      players.push({ seats: form.players, batch, end: form.players.length });
    }
    this.#legs.push(...players); // after the relays, since players of their own wait behind them
  }

  /** Sends for one turn. @returns whether everybody has been sent it */
  sendTurn(): boolean {
    return this.#send(this.#clock.now() + TURN_MS);
  }

  /** Sends to everybody who has not been sent it yet. */
  sendRest(): void {
    this.#send(Number.POSITIVE_INFINITY);
  }

  #send(until: number): boolean {
    for (let leg = this.#legs[0]; leg !== undefined; leg = this.#legs[0]) {
      this.#sendLeg(leg, until);
      if (leg.end > 0) return false;
      this.#legs.shift();
      if (this.#legs.length > 0 && this.#clock.now() >= until) return false;
    }
    return true;
  }

  /**
   * The one loop that runs once per player and batch. Backwards, so that a player may leave from within, and whoever joins
   * between two turns, with this flush in its burst, is not sent it again.
   */
  #sendLeg(leg: Leg, until: number): void {
    const { seats, batch } = leg;
    const { taken } = this;
    const { shared } = batch;
    let now = this.#clock.now();
    let i = leg.end - 1;
    for (; i >= 0; i--) {
      if (i % PLAYERS_A_LOOK === 0) {
        now = this.#clock.now();
        if (now >= until) break;
      }
      const seat = seats[i] as Seat;
      if (shared !== undefined && seat.isSteady && seat.player.backlogBytes === 0) {
        if (shared.length === 0) continue; // nothing in it is for players of this form
        seat.player.write(shared);
        taken.sentBytes += shared.length;
      } else seat.take(batch, this.#version, now, taken);
    }
    leg.end = i + 1;
  }
}
