import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { MAX_LINK_MESSAGE_BYTES, MAX_LISTED } from '../../fleet-link/link-limits.ts';
import type { Roster } from '../roster/roster.ts';
import type { FleetBan, HouseStore } from '../store/house-store.ts';
import type { HouseLinks } from './house-links.ts';
import type { Order } from './relay-links.ts';

/** What standing orders need of their house. */
export interface StandingOrdersParts {
  readonly roster: Roster;
  readonly store: HouseStore;
  readonly links: HouseLinks;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Where players of a relay that drains find another one: this house, as an RTMP URL; null where it has no RTMP.
   * @param host - as the relay calls this house
   */
  reconnectUrl(host: string): string | null;
  /** Milliseconds since 1970; default: the machine's. */
  readonly wallTime?: () => number;
}

/** What bans may take of a message, bytes. */
const MAX_BAN_BYTES = MAX_LINK_MESSAGE_BYTES - 1024;

/** Relays are told of bans for so long at a time, milliseconds: all others have to be served meanwhile. */
const TELL_MS = 10;

/** Tells relays what holds until it is changed: who is kept out, and whether they drain. Each hears it whole when it links up. */
export class StandingOrders {
  readonly #parts: StandingOrdersParts;
  /** Whether each relay was told to drain by its link. */
  readonly #draining = new Map<string, boolean>();
  readonly #stops: readonly (() => void)[];
  /** Those that are to be told of bans. */
  readonly #waiting = new Set<string>();
  #latest: Order;
  #bans: readonly FleetBan[];

  constructor(parts: StandingOrdersParts) {
    const { roster, store, links } = parts;
    this.#parts = parts;
    this.#bans = store.decisions.bans;
    this.#latest = this.#banOrder();
    this.#stops = [
      links.onLinked((relay) => this.#onLinked(relay)),
      roster.onChange(() => this.#tellDrains()),
      store.onDecisions(({ bans }) => this.#onBans(bans)),
    ];
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#waiting.clear();
  }

  #onLinked(relay: string): void {
    this.#draining.delete(relay);
    void this.#parts.links.insist(relay, this.#banOrder());
    this.#tellDrain(relay);
  }

  #onBans(bans: readonly FleetBan[]): void {
    if (bans === this.#bans || JSON.stringify(bans) === JSON.stringify(this.#bans)) return;
    this.#bans = bans;
    const isTelling = this.#waiting.size > 0;
    for (const relay of this.#parts.links.here) this.#waiting.add(relay);
    this.#latest = this.#banOrder();
    if (!isTelling) this.#tellBans();
  }

  #tellBans(): void {
    const { links, clock } = this.#parts;
    const until = clock.now() + TELL_MS;
    for (const relay of this.#waiting) {
      this.#waiting.delete(relay);
      void links.insist(relay, this.#latest);
      if (clock.now() < until) continue;
      if (this.#waiting.size > 0) clock.soon(() => this.#tellBans());
      return;
    }
  }

  #banOrder(): Order {
    const { log, wallTime = Date.now } = this.#parts;
    const now = wallTime();
    const standing = this.#bans.filter(({ until }) => until > now);
    const told: Pick<FleetBan, 'kind' | 'value' | 'until'>[] = [];
    let bytes = 0;
    for (const { kind, value, until } of standing.toReversed()) {
      const ban = { kind, value, until };
      bytes += Buffer.byteLength(JSON.stringify(ban)) + 1;
      if (told.length === MAX_LISTED.bans || bytes > MAX_BAN_BYTES) break;
      told.push(ban);
    }
    if (told.length < standing.length) {
      const text = `relays are told of the latest ${told.length} of ${standing.length} bans: there are too many`;
      log.warn('instruction', text, { id: null, instruction: 'bans' });
    }
    return { type: 'bans', bans: told.reverse() };
  }

  #tellDrains(): void {
    for (const relay of this.#draining.keys())
      if (!this.#parts.roster.entries.has(relay)) this.#draining.delete(relay);
    for (const relay of this.#parts.links.here) this.#tellDrain(relay);
  }

  #tellDrain(relay: string): void {
    const { roster, links } = this.#parts;
    const isDraining = roster.isDraining(relay);
    if (this.#draining.get(relay) === isDraining) return;
    this.#draining.set(relay, isDraining);
    const reconnectUrl = isDraining ? this.#parts.reconnectUrl(links.hostFor(relay) ?? '') : null;
    void links.insist(relay, isDraining ? { type: 'drain', reconnectUrl } : { type: 'resume' });
  }
}
