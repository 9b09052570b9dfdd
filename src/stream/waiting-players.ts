import type { Broadcast } from './broadcast.ts';
import type { Clock } from './clock.ts';
import type { WireForm } from './fan-out/wire-form.ts';
import type { LiveStreamSettings } from './live-stream-settings.ts';
import type { PlayEndReason, Player, PlayOptions } from './player.ts';
import type { ResumePoint } from './resuming/resume-point.ts';

interface Waiting {
  options: PlayOptions;
  isPaused: boolean;
  readonly stopWaiting: () => void;
}

/** How long players wait. */
type WaitingSettings = Pick<LiveStreamSettings, 'waitMs'>;

/** The players that wait for one stream to begin. */
export class WaitingPlayers {
  readonly #clock: Clock;
  readonly #settings: WaitingSettings;
  readonly #onGivenUp: () => void;
  readonly #players = new Map<Player, Waiting>();

  /** @param onGivenUp - called when a player has waited for so long in vain */
  constructor(clock: Clock, settings: WaitingSettings, onGivenUp: () => void) {
    this.#clock = clock;
    this.#settings = settings;
    this.#onGivenUp = onGivenUp;
  }

  get size(): number {
    return this.#players.size;
  }

  /** How far the first has come that was told of: what is asked for on its behalf has to begin at a keyframe, as nothing is there yet. */
  get resumePoint(): ResumePoint | undefined {
    for (const { options } of this.#players.values())
      if (options.resume !== undefined) return { ...options.resume, from: 'keyframe' };
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Player> {
    return this.#players.keys();
  }

  has(player: Player): boolean {
    return this.#players.has(player);
  }

  add(player: Player, options: PlayOptions): void {
    const stopWaiting = this.#clock.after(this.#settings.waitMs, () => {
      this.#players.delete(player);
      player.onEnd('not-found');
      this.#onGivenUp();
    });
    this.#players.set(player, { options, isPaused: false, stopWaiting });
  }

  /** Takes a player off without a word. @returns how it wants to play; undefined when it does not wait */
  remove(player: Player): Readonly<Waiting> | undefined {
    const waiting = this.#players.get(player);
    waiting?.stopWaiting();
    this.#players.delete(player);
    return waiting;
  }

  /** @returns whether it waits */
  pause(player: Player, isPaused: boolean): boolean {
    const waiting = this.#players.get(player);
    if (waiting !== undefined) waiting.isPaused = isPaused;
    return waiting !== undefined;
  }

  /** @returns whether it waits */
  change(player: Player, form: WireForm): boolean {
    const waiting = this.#players.get(player);
    if (waiting !== undefined) waiting.options = { ...waiting.options, form };
    return waiting !== undefined;
  }

  /** Gives a player that waits its seat in a stream that is live. @param path - ids of the relays that bring it */
  seat(player: Player, { family, fanOut }: Broadcast, path: readonly string[]): void {
    const wanted = this.#players.get(player)?.options.form.family;
    if (wanted === undefined) return;
    if (family !== undefined && wanted !== family) {
      this.dismiss(player, 'format');
      return;
    }
    player.cork?.(); // what it is told and the first media in one write
    player.onStart(path);
    const waiting = this.remove(player); // as it is now: it may have left or changed its form in there
    if (waiting !== undefined) {
      fanOut.add(player, waiting.options);
      if (waiting.isPaused) fanOut.pause(player, true);
    }
    player.uncork?.();
  }

  /** Ends the wait of a player, unless that has left. */
  dismiss(player: Player, reason: PlayEndReason): void {
    if (this.remove(player) !== undefined) player.onEnd(reason);
  }

  dismissAll(reason: PlayEndReason): void {
    for (const player of [...this.#players.keys()]) this.dismiss(player, reason);
  }
}
