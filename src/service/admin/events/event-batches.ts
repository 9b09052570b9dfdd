import type { Clock } from '../../../stream/clock.ts';
import type { RelayEvent } from './relay-event.ts';

/** So long an event waits for others that go with it, milliseconds. */
const BATCH_MS = 100;

/** Events of a worker on their way to the main thread: many go as one message. */
export class EventBatches {
  readonly #clock: Clock;
  readonly #send: (events: readonly RelayEvent[]) => void;
  #waiting: RelayEvent[] = [];
  #stop: () => void = () => {};

  constructor(clock: Clock, send: (events: readonly RelayEvent[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Takes an event along with the next batch. */
  tell(event: RelayEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length === 1) this.#stop = this.#clock.after(BATCH_MS, () => this.#flush());
  }

  /** Nobody follows any more: what waits is not sent. */
  close(): void {
    this.#stop();
    this.#waiting = [];
  }

  #flush(): void {
    const events = this.#waiting;
    this.#waiting = [];
    this.#send(events);
  }
}
