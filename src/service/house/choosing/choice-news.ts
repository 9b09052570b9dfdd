import type { Clock } from '../../../stream/clock.ts';
import type { HouseStore } from '../store/house-store.ts';

/** What has happened within this time is told together, milliseconds. */
const TELL_AFTER_MS = 100;

/** So many placements are told at a time; who else asks another house at once may be sent to another relay. */
const MAX_PLACES = 1000;

/** Tells the other houses who was sent where. */
export class ChoiceNews {
  readonly #store: Pick<HouseStore, 'tell'>;
  readonly #clock: Clock;
  #reserved = new Map<string, number>();
  #places: (readonly [who: string, relay: string, until: number])[] = [];
  #cancel: (() => void) | undefined;

  constructor(store: Pick<HouseStore, 'tell'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** A player is on its way to a relay. */
  reserved(relay: string): void {
    this.#reserved.set(relay, (this.#reserved.get(relay) ?? 0) + 1);
    this.#tellSoon();
  }

  /** Somebody was sent to a relay. @param until - milliseconds since 1970 */
  placed(who: string, relay: string, until: number): void {
    if (this.#places.length === MAX_PLACES) return;
    this.#places.push([who, relay, until]);
    this.#tellSoon();
  }

  /** Tells what is left to tell, and nothing any more. */
  close(): void {
    this.#cancel?.();
    this.#tell();
  }

  #tellSoon(): void {
    this.#cancel ??= this.#clock.after(TELL_AFTER_MS, () => {
      this.#cancel = undefined;
      this.#tell();
    });
  }

  #tell(): void {
    const [relays, places] = [this.#reserved, this.#places];
    this.#reserved = new Map();
    this.#places = [];
    if (relays.size > 0) this.#store.tell({ what: 'reserved', relays: Object.fromEntries(relays) });
    if (places.length > 0) this.#store.tell({ what: 'placed', places });
  }
}
