import { type Clock, every } from '../../../stream/clock.ts';
import type { RelayStatus, StreamStatus } from '../relay-status.ts';
import { sentText } from './event-ring.ts';
import type { EventSubscriber } from './event-subscriber.ts';

/** How often `status` is told, milliseconds. */
const PULSE_MS = 2000;

/** So many streams are told of, those with the most players. */
const MOST_STREAMS = 200;

/** What knows how a relay does. */
export interface PulsingRelay {
  status(): Promise<RelayStatus>;
  busiestStreams(limit: number): Promise<readonly StreamStatus[]>;
}

/** Tells how the relay does again and again while anybody wants to hear it: found out once for all of them. */
export class StatusPulse {
  readonly #clock: Clock;
  readonly #relay: PulsingRelay;
  readonly #send: (text: string) => void;
  readonly #wanting = new Set<EventSubscriber>();
  #latest: string | undefined;
  #isAsking = false;
  #stop: () => void = () => {};

  /** @param send - tells all who want to hear it */
  constructor(clock: Clock, relay: PulsingRelay, send: (text: string) => void) {
    this.#clock = clock;
    this.#relay = relay;
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
    Promise.all([this.#relay.status(), this.#relay.busiestStreams(MOST_STREAMS)])
      .then(
        ([relay, streams]) => {
          if (this.#wanting.size === 0) return;
          const at = new Date().toISOString();
          this.#latest = sentText({ type: 'status', data: { at, what: 'status', relay, streams } });
          this.#send(this.#latest);
        },
        () => {}, // the next one may be known again
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }
}
