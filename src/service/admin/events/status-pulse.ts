import { type Clock, every } from '../../../stream/clock.ts';
import { sentText } from './event-ring.ts';
import type { EventSubscriber } from './event-subscriber.ts';

/** How often `status` is told, milliseconds. */
const PULSE_MS = 2000;

/** Tells how a service does again and again while anybody wants to hear it: found out once for all of them. */
export class StatusPulse {
  readonly #clock: Clock;
  readonly #status: () => Promise<object>;
  readonly #send: (text: string) => void;
  readonly #wanting = new Set<EventSubscriber>();
  #latest: string | undefined;
  #isAsking = false;
  #stop: () => void = () => {};

  /** @param status - finds out @param send - tells all who want to hear it */
  constructor(clock: Clock, status: () => Promise<object>, send: (text: string) => void) {
    this.#clock = clock;
    this.#status = status;
    this.#send = send;
  }

  /** This one wants to hear it, too: it hears the latest at once. */
  add(subscriber: EventSubscriber): void {
    this.#wanting.add(subscriber);
    if (this.#latest !== undefined) subscriber.write(this.#latest);
    if (this.#wanting.size > 1) return;
    this.#stop = every(this.#clock, PULSE_MS, () => this.#beat());
    this.#beat();
  }

  remove(subscriber: EventSubscriber): void {
    if (!this.#wanting.delete(subscriber) || this.#wanting.size > 0) return;
    this.#stop();
    this.#latest = undefined;
  }

  #beat(): void {
    if (this.#isAsking) return; // a worker is too busy to answer soon
    this.#isAsking = true;
    this.#status()
      .then(
        (facts) => {
          if (this.#wanting.size === 0) return;
          const at = new Date().toISOString();
          const data = { at, what: 'status', ...facts };
          this.#latest = sentText({ type: 'status', data });
          this.#send(this.#latest);
        },
        () => {}, // the next one may be known again
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }
}
