import { monotonicMs } from './clock.ts';
import { type LoadPlan, localAddressFor, type PlayerRole, Roles, rampMs } from './load-plan.ts';
import { LoadPlayer, type PlayerScene } from './player.ts';
import { Tally } from './report/tally.ts';
import type { LoadTarget } from './target.ts';

/** What one thread is told to do. */
export interface CrewOrder {
  readonly plan: LoadPlan;
  readonly address: string;
  /** This thread's number, from 0: it has every player whose number leaves that when divided by the number of threads. */
  readonly thread: number;
}

/** Between two looks at who is due, milliseconds: players that join one by one, not in crowds, while there are some to join. */
const JOINING_TICK_MS = 2;
const QUIET_TICK_MS = 20;
/** Between two looks at every player, milliseconds. */
const SWEEP_MS = 100;
/** Servers ping and want a sign of life; those seen wait a minute or longer, milliseconds. */
const KEEP_ALIVE_MS = 10_000;
const READ_BUFFER_BYTES = 256 * 1024;
const SLOW_READ_BUFFER_BYTES = 16 * 1024;

/** The players of one thread: lets them join, watches them, lets them leave. */
export class Crew implements PlayerScene {
  readonly tally: Tally = new Tally();
  readonly target: LoadTarget;
  readonly address: string;
  readonly readBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly slowReadBuffer: Buffer = Buffer.allocUnsafeSlow(SLOW_READ_BUFFER_BYTES);
  /** Resolves when the test is over and everybody has left. */
  readonly done: Promise<void>;
  readonly #order: CrewOrder;
  readonly #startAtMs: number;
  readonly #roles: Roles;
  readonly #players: LoadPlayer[] = [];
  #timer: NodeJS.Timeout;
  readonly #resolveDone: () => void;
  /** When the measurement begins and ends. */
  readonly #measureAtMs: number;
  readonly #endAtMs: number;
  #phase: 'joining' | 'measuring' | 'over' = 'joining';
  #measuringSinceMs = 0;
  #measuredMs: number | null = null;
  #sweptAtMs = 0;
  #keptAliveAtMs: number;
  /** Players that were replaced. */
  #replaced = 0;
  #slowAllowance = 0;
  #idleBefore: ReturnType<typeof performance.eventLoopUtilization> | undefined;
  #busyPercent: number | null = null;

  /** @param startAtMs - when the first player joins, on the clock of `monotonicMs`, which all threads share */
  constructor(order: CrewOrder, startAtMs: number) {
    this.#order = order;
    this.#startAtMs = startAtMs;
    const { plan } = order;
    this.target = plan.target;
    this.address = order.address;
    this.#roles = new Roles(plan);
    this.#measureAtMs = startAtMs + rampMs(plan) + plan.warmUpMs;
    this.#endAtMs = this.#measureAtMs + plan.durationMs;
    this.#keptAliveAtMs = startAtMs;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolveDone = resolve;
    this.#timer = setTimeout(() => this.#tick(monotonicMs()), Math.max(0, startAtMs - monotonicMs()));
  }

  get isMeasuring(): boolean {
    return this.#phase === 'measuring';
  }

  get slowAllowance(): number {
    return this.#slowAllowance;
  }

  /** Share of the measurement that this thread had something to do, near 100 it measures itself; null before its end. */
  get busyPercent(): number | null {
    return this.#busyPercent;
  }

  /** How long was measured, milliseconds; null before the end, and where there was no measurement. */
  get measuredMs(): number | null {
    return this.#measuredMs;
  }

  /** Ends the test, before its time perhaps. */
  finish(): void {
    if (this.#phase === 'over') return;
    const nowMs = monotonicMs();
    clearTimeout(this.#timer);
    if (this.#phase === 'measuring') {
      this.#measuredMs = nowMs - this.#measuringSinceMs;
      this.#busyPercent = performance.eventLoopUtilization(this.#idleBefore).utilization * 100;
      const isComplete = nowMs >= this.#endAtMs;
      for (const player of this.#players) player.endMeasuring(nowMs, this.#measuredMs, isComplete);
    }
    this.#phase = 'over';
    for (const player of this.#players) player.leave();
    this.#resolveDone();
  }

  #tick(nowMs: number): void {
    if (nowMs >= this.#endAtMs) {
      this.finish();
      return;
    }
    this.#letJoin(nowMs);
    const isComplete = this.#numberOf(this.#players.length) >= this.#order.plan.players;
    if (isComplete && this.#players.every(({ isOver }) => isOver)) {
      this.finish();
      return;
    }
    if (this.#phase === 'joining' && nowMs >= this.#measureAtMs) this.#beginMeasuring(nowMs);
    if (nowMs - this.#sweptAtMs >= SWEEP_MS) this.#sweep(nowMs);
    this.#replace(nowMs);
    const isQuiet = isComplete && this.#order.plan.churnPerSecond === 0;
    this.#timer = setTimeout(() => this.#tick(monotonicMs()), isQuiet ? QUIET_TICK_MS : JOINING_TICK_MS);
  }

  #letJoin(nowMs: number): void {
    const { plan } = this.#order;
    const due = Math.min(
      plan.players,
      Math.floor(((nowMs - this.#startAtMs) * plan.rampPerSecond) / 1000) + 1,
    );
    for (let seat = this.#players.length; this.#numberOf(seat) < due; seat++) {
      const number = this.#numberOf(seat);
      this.#players.push(this.#open(this.#roles.of(number), number));
    }
  }

  /** The number of the player on a seat of this thread among those of all threads. */
  #numberOf(seat: number): number {
    return seat * this.#order.plan.threads + this.#order.thread;
  }

  #open(role: PlayerRole, connection: number): LoadPlayer {
    return new LoadPlayer(role, this, localAddressFor(this.address, connection));
  }

  #beginMeasuring(nowMs: number): void {
    this.#phase = 'measuring';
    this.#measuringSinceMs = nowMs;
    this.#idleBefore = performance.eventLoopUtilization();
    for (const player of this.#players) player.beginMeasuring();
  }

  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs;
    const isKeepAliveDue = nowMs - this.#keptAliveAtMs >= KEEP_ALIVE_MS;
    if (isKeepAliveDue) this.#keptAliveAtMs = nowMs;
    let read = 0;
    let readers = 0;
    for (const player of this.#players) {
      player.failIfSilent(nowMs, this.#order.plan.timeoutMs);
      if (isKeepAliveDue) player.keepAlive();
      if (!player.isPlaying) continue;
      if (player.role === 'slow') player.resume();
      else {
        read += player.receivedBytes;
        readers++;
      }
    }
    if (readers > 0) this.#slowAllowance = (read / readers) * (this.#order.plan.slowRatePercent / 100);
  }

  /** One after the other, players who play leave, and others take their seats. */
  #replace(nowMs: number): void {
    const { plan, thread } = this.#order;
    const { churnPerSecond, threads, players } = plan;
    const sinceRampMs = nowMs - this.#startAtMs - rampMs(plan);
    if (churnPerSecond === 0 || sinceRampMs < 0) return;
    const due = Math.floor((sinceRampMs * churnPerSecond) / 1000 / threads);
    for (; this.#replaced < due; this.#replaced++) {
      const seat = this.#replaced % this.#players.length;
      const player = this.#players[seat];
      if (player === undefined) return;
      player.leave();
      const connection = players + this.#replaced * threads + thread;
      this.#players[seat] = this.#open(player.role, connection);
    }
  }
}
