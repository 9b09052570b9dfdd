import { type Clock, every } from '../../../stream/clock.ts';
import type { HouseStore } from '../store/house-store.ts';
import type { ReportedRelay } from './reported-relay.ts';

/** Each relay is told of whole this often, since news may be lost, milliseconds. */
const PERIOD_MS = 60_000;

/** How often it is looked of whom it is time to tell, milliseconds. */
const LOOK_MS = 500;

/** Tells the other houses all that is known of this one's relays: whoever has just come, and all now and then. */
export class Retelling {
  readonly #store: HouseStore;
  readonly #own: () => Iterable<ReportedRelay>;
  /** Those that are to be told of, by id. */
  readonly #waiting = new Set<ReportedRelay>();
  readonly #stop: () => void;
  #quota = 0;

  constructor(clock: Clock, store: HouseStore, own: () => Iterable<ReportedRelay>) {
    this.#store = store;
    this.#own = own;
    let looks = 0;
    this.#stop = every(clock, LOOK_MS, () => {
      looks = (looks + 1) % (PERIOD_MS / LOOK_MS);
      if (looks === 0) this.#queueAll(PERIOD_MS / LOOK_MS);
      this.#tellSome();
    });
  }

  /** Tells of all of them within about a second. */
  tellAll(): void {
    this.#queueAll(2);
    this.#tellSome();
  }

  close(): void {
    this.#stop();
  }

  /** @param looks - in which it is to be done */
  #queueAll(looks: number): void {
    for (const reported of this.#own()) this.#waiting.add(reported);
    this.#quota = Math.max(this.#quota, Math.ceil(this.#waiting.size / looks));
  }

  #tellSome(): void {
    let left = this.#quota;
    for (const reported of this.#waiting) {
      if (left === 0) return;
      if (reported.isUnfinished) continue; // what is told in between would become a part of it
      left--;
      this.#waiting.delete(reported);
      this.#tell(reported);
    }
    this.#quota = 0;
  }

  #tell(reported: ReportedRelay): void {
    const { relay, reporter } = reported;
    const { software, instance, linkedAt } = reporter;
    for (const telemetry of reported.retold())
      this.#store.tell({ what: 'report', relay, software, instance, linkedAt, telemetry });
  }
}
