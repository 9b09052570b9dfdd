import { setTimeout as sleep } from 'node:timers/promises';
import type { PlayerRole } from '../../load-tester/load-plan.ts';
import type { LoadPlayer } from '../../load-tester/player.ts';
import { Audience } from './audience.ts';

const LOOK_MS = 100;
/** A stream that is there plays within this time on a busy machine, milliseconds. */
const START_MS = 30_000;

/** Players that play all the time. Where one is let down it is counted, and another one takes its seat. */
export class SteadySeats implements AsyncDisposable {
  readonly audience: Audience = new Audience();
  readonly #players = new Map<
    number,
    { readonly url: string; readonly role: PlayerRole; player: LoadPlayer }
  >();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#fill(), LOOK_MS);
  }

  /** Resolves when somebody plays it there. @param role - a probe checks all that it gets; it cannot where the publisher changes */
  async seat(url: string, role: PlayerRole = 'probe'): Promise<void> {
    const seat = { url, role, player: this.audience.join(url, role) };
    this.#players.set(this.#players.size, seat);
    const deadline = performance.now() + START_MS;
    while (!(await this.audience.playing(seat.player))) {
      if (performance.now() > deadline) throw new Error(`nobody can play ${url}: ${this.audience.reasons}`);
      await sleep(LOOK_MS);
    }
  }

  /** Resolves when all of them play. @returns false where they do not in that time */
  async allPlay(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    const areThere = (): boolean => [...this.#players.values()].every(({ player }) => player.isPlaying);
    while (!areThere() && performance.now() < deadline) await sleep(LOOK_MS);
    return areThere();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.audience[Symbol.dispose]();
  }

  #fill(): void {
    for (const seat of this.#players.values())
      if (seat.player.isOver) seat.player = this.audience.join(seat.url, seat.role);
  }
}
