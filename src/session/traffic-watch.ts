import type { DeadlineSettings } from '../config/relay-settings.ts';
import type { Clock } from '../stream/clock.ts';
import type { Connection } from './connection.ts';
import { Deadline } from './deadline.ts';

const PING_ANSWER = 'answer to a ping';

/** A connection whose peer may have gone without a word. */
export interface Pinger extends Pick<Connection, 'trafficBytes' | 'miss' | 'destroy'> {
  readonly context: {
    readonly clock: Clock;
    readonly deadlines: Pick<DeadlineSettings, 'pingMs'>;
  };
  ping(): void;
}

/** Asks a peer that is silent and takes nothing whether it is still there; the connection of one that does not answer is cut. */
export class TrafficWatch {
  readonly #pinger: Pinger;
  readonly #deadline: Deadline;
  /** How much went to and fro when it was last looked at. */
  #trafficBytes = 0;

  constructor(pinger: Pinger) {
    this.#pinger = pinger;
    this.#deadline = new Deadline(pinger.context.clock, (what) => this.#onDue(what));
  }

  start(): void {
    this.#await('sign of life');
  }

  stop(): void {
    this.#deadline.clear();
  }

  #await(what: string): void {
    this.#trafficBytes = this.#pinger.trafficBytes;
    this.#deadline.expect(what, this.#pinger.context.deadlines.pingMs);
  }

  #onDue(what: string): void {
    if (this.#pinger.trafficBytes !== this.#trafficBytes) this.start();
    else if (what === PING_ANSWER) {
      this.#pinger.miss(what);
      this.#pinger.destroy();
    } else {
      this.#pinger.ping();
      this.#await(PING_ANSWER); // after the ping, which is no sign of life
    }
  }
}
