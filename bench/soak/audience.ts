import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../load-tester/clock.ts';
import type { PlayerRole } from '../../load-tester/load-plan.ts';
import { LoadPlayer, type PlayerScene } from '../../load-tester/player.ts';
import { type Count, Tally } from '../../load-tester/report/tally.ts';
import { parseTarget } from '../../load-tester/target.ts';

const LOOK_MS = 50;
/** A player to whom nothing comes for so long has failed: more than the machine may be busy with something else, milliseconds. */
const TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
const [readBuffer, slowReadBuffer] = [Buffer.allocUnsafeSlow(256 * 1024), Buffer.allocUnsafeSlow(16 * 1024)];

/** Players of one kind, that are counted together. */
export class Audience implements Disposable {
  readonly tally: Tally = new Tally();
  readonly #players = new Set<LoadPlayer>();
  readonly #timer: NodeJS.Timeout;
  #keptAliveAtMs = monotonicMs();

  constructor() {
    this.#timer = setInterval(() => this.#sweep(monotonicMs()), LOOK_MS);
  }

  count(name: Count): number {
    return this.tally.counts[name];
  }

  /** Why players have failed, for people. */
  get reasons(): string {
    return this.tally.failures
      .map(({ reason, count, example }) => `${count} x ${reason} (${example})`)
      .join('; ');
  }

  /** Opens a player of a URL that `streampump load` takes. */
  join(url: string, role: PlayerRole = 'probe'): LoadPlayer {
    const target = parseTarget(url);
    if (target === undefined) throw new Error(`${url} cannot be played`);
    const scene: PlayerScene = {
      ...{ target, address: target.host, tally: this.tally, isMeasuring: false },
      ...{ readBuffer, slowReadBuffer, slowAllowance: 0 },
    };
    const player = new LoadPlayer(role, scene, undefined);
    this.#players.add(player);
    return player;
  }

  /** Resolves when it plays, with true, or is over. */
  async playing(player: LoadPlayer): Promise<boolean> {
    while (!player.isPlaying && !player.isOver) await sleep(LOOK_MS);
    return player.isPlaying;
  }

  /** Opens a player, waits until it plays, and leaves after a while. @returns whether it was served */
  async visit(url: string, stayMs: number): Promise<boolean> {
    const player = this.join(url);
    const isServed = await this.playing(player);
    await sleep(stayMs);
    this.leave(player);
    return isServed;
  }

  leave(player: LoadPlayer): void {
    player.leave();
    this.#players.delete(player);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const player of this.#players) this.leave(player);
  }

  #sweep(nowMs: number): void {
    const isKeepAliveDue = nowMs - this.#keptAliveAtMs >= KEEP_ALIVE_MS;
    if (isKeepAliveDue) this.#keptAliveAtMs = nowMs;
    for (const player of this.#players) {
      player.failIfSilent(nowMs, TIMEOUT_MS);
      if (isKeepAliveDue) player.keepAlive();
      if (player.isOver) this.#players.delete(player);
    }
  }
}
