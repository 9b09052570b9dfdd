import type { Clock } from '../../../stream/clock.ts';
import type { Acknowledgement } from '../../fleet-link/relay-message.ts';
import type { RelayLink } from './relay-link.ts';
import type { Order } from './relay-links.ts';

/** Half of what a relay takes of its house, bytes: as much at once, and a second in the long run. */
const AT_ONCE = 4 * 2 ** 20;
const PER_SECOND = 2 ** 19;

/** What a link is told with. */
export interface LastingOrdersParts {
  readonly clock: Clock;
  readonly link: Pick<RelayLink, 'order' | 'sentBytes'>;
  /** Of each instruction another one. */
  nextId(): string;
}

/** An order that waits for the one before. */
interface WaitingOrder {
  readonly order: Order;
  readonly settle: (outcome: Promise<Acknowledgement> | undefined) => void;
}

/**
 * What a relay is to go by until it is told something else. Of each kind one order is on its way at a time, and of those that wait for
 * it only the latest goes out: however often things change, the relay is told no more than it takes.
 */
export class LastingOrders {
  readonly #parts: LastingOrdersParts;
  /** What comes next of each kind of which one is on its way. */
  readonly #next = new Map<string, WaitingOrder | undefined>();
  readonly #stopTimers = new Set<() => void>();
  /** By then all that was sent is within the rate, milliseconds of the clock. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LastingOrdersParts) {
    this.#parts = parts;
  }

  /** @returns undefined where a later order has taken its place. Rejects with a {@link LinkError} as the link does */
  tell(order: Order): Promise<Acknowledgement | undefined> {
    const { promise, resolve } = Promise.withResolvers<Acknowledgement | undefined>();
    const waiting = { order, settle: resolve };
    const kind = order.type === 'resume' ? 'drain' : order.type; // the end of the other
    if (this.#next.has(kind)) {
      this.#next.get(kind)?.settle(undefined);
      this.#next.set(kind, waiting);
    } else this.#send(kind, waiting);
    return promise;
  }

  /** The link is over. */
  close(): void {
    for (const stop of this.#stopTimers) stop();
    for (const waiting of this.#next.values()) waiting?.settle(undefined);
    this.#next.clear();
  }

  #send(kind: string, waiting: WaitingOrder): void {
    const { clock, link, nextId } = this.#parts;
    const now = clock.now();
    if (this.#paidAt > now) {
      this.#next.set(kind, waiting);
      const stop = clock.after(this.#paidAt - now, () => {
        this.#stopTimers.delete(stop);
        this.#sendNext(kind);
      });
      this.#stopTimers.add(stop);
      return;
    }
    this.#next.set(kind, undefined);
    const before = link.sentBytes;
    const acknowledged = link.order(nextId(), waiting.order);
    const sentMs = ((link.sentBytes - before) / PER_SECOND) * 1000;
    this.#paidAt = Math.max(this.#paidAt, now - (AT_ONCE / PER_SECOND) * 1000) + sentMs;
    waiting.settle(acknowledged);
    acknowledged.then(
      () => this.#sendNext(kind),
      () => this.#sendNext(kind),
    );
  }

  #sendNext(kind: string): void {
    const waiting = this.#next.get(kind);
    this.#next.delete(kind);
    if (waiting !== undefined) this.#send(kind, waiting);
  }
}
