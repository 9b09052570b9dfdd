import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { Backoff } from '../../listen/backoff.ts';
import type { BreakerState } from '../asked/breaker.ts';
import { type HookProblem, problemNow } from '../hook-state.ts';
import type { Delivery, DeliveryOutcome } from './delivery.ts';
import { EventQueue, type QueueLimits, type WaitingEvent } from './event-queue.ts';
import { laneOf, type ToldEvent } from './told-event.ts';

/** An event that could not be told for so long is lost, milliseconds. */
const MAX_AGE_MS = 300_000;

/** That events are lost is logged at most once in this time, milliseconds. */
const LOG_MS = 60_000;

/** What became of events. `failed`: they were not taken, however often. `lost`: they were never told. */
export const tellOutcomes = ['told', 'failed', 'lost'] as const;

/** One of {@link tellOutcomes}. */
export type TellOutcome = (typeof tellOutcomes)[number];

/** What a teller needs of the relay. */
export interface TellerHost {
  /** As the log calls the hook. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** An event on its way. */
interface Parcel<T> {
  readonly item: T;
  readonly event: ToldEvent['event'];
  readonly at: number;
  tries: number;
}

type State =
  | { readonly at: 'open' }
  /** The other side does not answer. */
  | { readonly at: 'resting'; readonly stop: () => void }
  /** One event finds out whether it does again. */
  | { readonly at: 'probing' }
  | { readonly at: 'closed' };

/** Tells one hook what happens: in order, again where that failed, and never in the way of whom it is about. */
export class Teller<T> {
  readonly counts: Record<TellOutcome, number> = { told: 0, failed: 0, lost: 0 };
  readonly #host: TellerHost;
  readonly #delivery: Delivery<T>;
  readonly #queue: EventQueue<Parcel<T>>;
  readonly #backoff = new Backoff();
  readonly #closing = new AbortController();
  /** Failed, and to be tried before what waits in the queue. */
  readonly #again: WaitingEvent<Parcel<T>>[] = [];
  /** Refused, and not to be tried yet. */
  readonly #sleeping = new Map<WaitingEvent<Parcel<T>>, () => void>();
  #state: State = { at: 'open' };
  #underWay = 0;
  /** Lost, and nobody was told yet. */
  #untoldLosses = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #onEmpty: (() => void)[] = [];
  #lastProblem: HookProblem | undefined;

  constructor(delivery: Delivery<T>, limits: QueueLimits, host: TellerHost) {
    this.#host = host;
    this.#delivery = delivery;
    this.#queue = new EventQueue(limits, () => this.#lose('too many wait'));
  }

  /** Events that wait or are being told. */
  get queueLength(): number {
    return this.#queue.size;
  }

  /** Whether it is told as always, not at all, or an event to see whether it is back. */
  get breaker(): BreakerState {
    if (this.#state.at === 'resting') return 'open';
    return this.#state.at === 'probing' ? 'half-open' : 'closed';
  }

  /** What went wrong last; undefined where nothing has. */
  get lastProblem(): HookProblem | undefined {
    return this.#lastProblem;
  }

  /** Takes an event; it is told as soon as may be. */
  tell(event: ToldEvent): void {
    if (this.#state.at === 'closed') return;
    const prepared = this.#delivery.prepare(event);
    if (prepared === undefined) return;
    if ('problem' in prepared) {
      this.#fail(event.event, prepared.problem);
      return;
    }
    const { item, bytes } = prepared;
    const parcel = { item, event: event.event, at: this.#host.clock.now(), tries: 0 };
    this.#queue.push(parcel, laneOf(event), bytes);
    this.#proceed();
  }

  /** Resolves when nothing is left to be told. */
  emptied(): Promise<void> {
    if (this.#queue.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Stops at once; what was not told is lost. */
  close(): void {
    if (this.#state.at === 'closed') return;
    if (this.#state.at === 'resting') this.#state.stop();
    this.#state = { at: 'closed' };
    this.#closing.abort();
    for (const stop of this.#sleeping.values()) stop();
    const left = this.#queue.size;
    this.counts.lost += left;
    if (left > 0) this.#logLoss(left, 'the relay stops, or the hook is gone');
    this.#delivery.close();
    this.#tellEmpty();
  }

  #proceed(): void {
    const { parallel } = this.#delivery;
    while (this.#state.at === 'open' || this.#state.at === 'probing') {
      const isProbe = this.#state.at === 'probing';
      if (this.#underWay >= (isProbe ? 1 : parallel)) return;
      const inHand = this.#again.length + this.#sleeping.size + this.#underWay;
      const fresh = (): WaitingEvent<Parcel<T>> | undefined =>
        inHand < parallel ? this.#queue.take() : undefined;
      // an event that nobody can take is not the one to find out with
      const next = isProbe ? (fresh() ?? this.#again.shift()) : (this.#again.shift() ?? fresh());
      if (next === undefined) return;
      void this.#deliver(next);
    }
  }

  async #deliver(taken: WaitingEvent<Parcel<T>>): Promise<void> {
    this.#underWay++;
    const { item } = taken.item;
    const lost = this.#untoldLosses;
    this.#untoldLosses = 0;
    const outcome = await this.#delivery
      .deliver(item, lost, this.#closing.signal)
      .catch((error: unknown): DeliveryOutcome => {
        if (!this.#closing.signal.aborted) this.#host.log.error('bug', bugText(error));
        return { is: 'refused', problem: 'an error inside the relay' };
      });
    this.#underWay--;
    if (this.#state.at === 'closed') return;
    if (outcome.is !== 'told') this.#untoldLosses += lost;
    this.#conclude(taken, outcome);
    this.#proceed();
  }

  #conclude(taken: WaitingEvent<Parcel<T>>, outcome: DeliveryOutcome): void {
    const parcel = taken.item;
    if (outcome.is === 'away') {
      this.#rest(outcome.problem);
      if (this.#host.clock.now() - parcel.at < MAX_AGE_MS) this.#again.push(taken);
      else {
        this.#finish(taken);
        this.#lose(outcome.problem);
      }
      return;
    }
    this.#reopen();
    if (outcome.is === 'refused' && parcel.tries++ < this.#delivery.retries) {
      this.#sleep(taken);
      return;
    }
    if (outcome.is === 'told') this.counts.told++;
    else this.#fail(parcel.event, outcome.problem);
    this.#finish(taken);
  }

  /** Is tried again a little later; the others need not wait for it. */
  #sleep(taken: WaitingEvent<Parcel<T>>): void {
    const ms = 1000 * 2 ** (taken.item.tries - 1) * (0.5 + Math.random() / 2);
    const wake = (): void => {
      this.#sleeping.delete(taken);
      this.#again.push(taken);
      this.#proceed();
    };
    this.#sleeping.set(taken, this.#host.clock.after(ms, wake));
  }

  #rest(problem: string): void {
    this.#lastProblem = problemNow(problem);
    if (this.#state.at === 'resting') return;
    if (this.#state.at === 'open')
      this.#host.log.warn('hook-events', `${this.#host.name} cannot be told what happens: ${problem}`, {
        outcome: 'away',
        events: this.#queue.size,
      });
    const stop = this.#host.clock.after(this.#backoff.next(), () => {
      this.#state = { at: 'probing' };
      this.#proceed();
    });
    this.#state = { at: 'resting', stop };
  }

  #reopen(): void {
    if (this.#state.at === 'open') return;
    if (this.#state.at === 'resting') this.#state.stop();
    this.#state = { at: 'open' };
    this.#backoff.reset();
    this.#host.log.info('hook-events', `${this.#host.name} is told again what happens`, {
      outcome: 'told',
      events: this.#queue.size,
    });
  }

  #finish(taken: WaitingEvent<Parcel<T>>): void {
    this.#queue.done(taken);
    if (this.#queue.size === 0) this.#tellEmpty();
  }

  #tellEmpty(): void {
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  /** The other side has not taken it, or must not be given it. */
  #fail(event: string, problem: string): void {
    this.counts.failed++;
    this.#lastProblem = problemNow(`it has not taken ${event}: ${problem}`);
    this.#host.log.warn('hook-events', `${this.#host.name} has not taken ${event}: ${problem}`, {
      outcome: 'failed',
      events: 1,
    });
  }

  #lose(why: string): void {
    this.counts.lost++;
    this.#lastProblem = problemNow(why);
    this.#untoldLosses++;
    if (this.#host.clock.now() - this.#loggedAt >= LOG_MS) this.#logLoss(this.#untoldLosses, why);
  }

  #logLoss(events: number, why: string): void {
    this.#loggedAt = this.#host.clock.now();
    this.#host.log.warn('hook-events', `${this.#host.name} misses events, ${events} so far: ${why}`, {
      outcome: 'lost',
      events,
    });
  }
}
