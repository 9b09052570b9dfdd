import type { Connection } from './connection.ts';
import { Deadline } from './deadline.ts';

const PING_ANSWER = 'answer to a ping';

/** Whose peer may have gone without a word. */
export interface Pinger {
  ping(): void;
  /** The peer has not answered; that is logged. */
  onMissed(): void;
}

/** Asks a peer that is silent and takes nothing whether it is still there; one that does not answer is not. */
export class TrafficWatch {
  readonly #connection: Connection;
  readonly #pinger: Pinger;
  readonly #deadline: Deadline;
  /** How much went to and fro when it was last looked at. */
  #trafficBytes = 0;

  constructor(connection: Connection, pinger: Pinger) {
    this.#connection = connection;
    this.#pinger = pinger;
    this.#deadline = new Deadline(connection.context.clock, (what) => this.#onDue(what));
  }

  start(): void {
    this.#await('sign of life');
  }

  stop(): void {
    this.#deadline.clear();
  }

  #await(what: string): void {
    this.#trafficBytes = this.#connection.trafficBytes;
    this.#deadline.expect(what, this.#connection.context.deadlines.pingMs);
  }

  #onDue(what: string): void {
    if (this.#connection.trafficBytes !== this.#trafficBytes) this.start();
    else if (what === PING_ANSWER) {
      this.#connection.miss(what);
      this.#pinger.onMissed();
    } else {
      this.#pinger.ping();
      this.#await(PING_ANSWER); // after the ping, which is no sign of life
    }
  }
}
