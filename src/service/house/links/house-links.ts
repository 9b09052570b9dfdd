import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { LINK_DEADLINES, LINK_VERSION } from '../../fleet-link/link-limits.ts';
import type { Acknowledgement, RelayHello, Telemetry } from '../../fleet-link/relay-message.ts';
import type { LiveFleet } from '../fleet/live-fleet.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseStore } from '../store/house-store.ts';
import { DistantOrders } from './distant-orders.ts';
import { LastingOrders } from './lasting-orders.ts';
import { LinkAllowance } from './link-allowance.ts';
import { type LinkEnd, type LinkHost, RelayLink } from './relay-link.ts';
import { LinkError, type Order, OrderSizeError, type RelayLinks } from './relay-links.ts';

/** What links need of their house. */
export interface HouseLinksParts {
  /** May change. */
  readonly settings: {
    readonly name: string;
    readonly telemetryIntervalMs: number;
    readonly offlineAfterMs: number;
  };
  readonly roster: Roster;
  readonly store: HouseStore;
  readonly fleet: LiveFleet;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970; default: the machine's. */
  readonly wallTime?: () => number;
}

/** A relay that reports nothing for so many intervals is cut off, and never before a silence that anybody may keep. */
const MISSED_REPORTS = 5;

/** The relays that are linked to this house, one link each, and the way to those of the others. */
export class HouseLinks implements RelayLinks {
  readonly #parts: HouseLinksParts;
  readonly #host: LinkHost;
  readonly #distant: DistantOrders;
  /** Those that have said hello, by relay. */
  readonly #links = new Map<string, RelayLink>();
  /** All, also those that have not. */
  readonly #open = new Set<RelayLink>();
  /** The entry that each relay has proven itself by. */
  readonly #entries = new WeakMap<RelayLink, RosterEntry>();
  /** What each link of {@link #links} was told that holds. */
  readonly #lasting = new WeakMap<RelayLink, LastingOrders>();
  /** What each relay may send: a new link gives it no more. */
  readonly #allowances = new Map<string, LinkAllowance>();
  readonly #reconnects = new Map<string, number>();
  readonly #hearers = new Set<(relay: string, hello: RelayHello) => void>();
  readonly #stopFollowing: () => void;
  readonly #idPrefix = randomBytes(6).toString('base64url');
  #lastId = 0;

  constructor(parts: HouseLinksParts) {
    const { roster, store, fleet, clock } = parts;
    this.#parts = parts;
    const { settings } = parts;
    this.#host = {
      clock,
      get reportMs() {
        return Math.max(LINK_DEADLINES.silenceMs, MISSED_REPORTS * settings.telemetryIntervalMs);
      },
      onHello: (link, hello) => this.#onHello(link, hello),
      onReport: (link, telemetry) => this.#onReport(link, telemetry),
      onClosed: (link, end, sentence) => this.#onClosed(link, end, sentence),
    };
    this.#distant = new DistantOrders({ store, clock, houseOf: (relay) => fleet.houseOf(relay) }, this);
    this.#stopFollowing = roster.onChange(() => this.#dismissStrangers());
    fleet.onSuperseded = (relay) =>
      this.#links.get(relay)?.close('replaced', 'it has a newer link, with another house');
  }

  get here(): Iterable<string> {
    return this.#links.keys();
  }

  /** How a relay that is linked to this house calls it: name or address, perhaps with a port. */
  hostFor(relay: string): string | undefined {
    return this.#links.get(relay)?.host;
  }

  /** How often a relay has linked up again with this house since that started, by relay. */
  get reconnects(): ReadonlyMap<string, number> {
    return this.#reconnects;
  }

  /** Told of each relay that has linked up with this house. @returns ends it */
  onLinked(tell: (relay: string, hello: RelayHello) => void): () => void {
    this.#hearers.add(tell);
    return () => this.#hearers.delete(tell);
  }

  /** Takes the link of a relay that has proven who it is. @param host - as it calls this house */
  take(webSocket: WebSocket, entry: RosterEntry, address: string, host: string): RelayLink {
    const { settings, log, clock } = this.#parts;
    const { id: relay } = entry;
    const allowance = this.#allowances.get(relay) ?? new LinkAllowance(clock);
    this.#allowances.set(relay, allowance);
    const about = { relay, address, host };
    const link = new RelayLink(webSocket, about, log.of('peer', address), this.#host, allowance);
    this.#open.add(link);
    this.#entries.set(link, entry);
    const { name, telemetryIntervalMs } = settings;
    link.send({ type: 'welcome', version: LINK_VERSION, name, telemetryIntervalMs });
    return link;
  }

  order(relay: string, order: Order): Promise<Acknowledgement> {
    const link = this.#links.get(relay);
    return link === undefined ? this.#distant.order(relay, order) : link.order(this.#nextId(), order);
  }

  /**
   * Has a relay of this house go by what holds until it is told something else. Where it does not say that it does, its link is
   * ended: it makes another, and is told again. @returns undefined where it was not told, or something later instead
   */
  async insist(relay: string, order: Order): Promise<Acknowledgement | undefined> {
    const link = this.#links.get(relay);
    if (link === undefined) return undefined;
    const tell = (text: string): void =>
      this.#parts.log.warn('instruction', text, { id: relay, instruction: order.type });
    try {
      const acknowledgement = await this.#lastingOf(link).tell(order);
      const problem = acknowledgement?.problem ?? null;
      if (problem !== null) tell(`relay ${relay} could not carry out ${order.type}: ${problem}`);
      return acknowledgement;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error instanceof OrderSizeError) tell(error.message);
      else link.close('silent', error.message);
      return undefined;
    }
  }

  /** The house stops: every relay is told. */
  close(): void {
    this.#stopFollowing();
    this.#distant.close();
    for (const link of [...this.#open]) link.close('shutdown', 'the house stops');
  }

  #lastingOf(link: RelayLink): LastingOrders {
    let lasting = this.#lasting.get(link);
    if (lasting === undefined) {
      const { clock } = this.#parts;
      lasting = new LastingOrders({ clock, link, nextId: () => this.#nextId() });
      this.#lasting.set(link, lasting);
    }
    return lasting;
  }

  #nextId(): string {
    return `${this.#idPrefix}-${++this.#lastId}`;
  }

  #onHello(link: RelayLink, hello: RelayHello): void {
    const { relay, address } = link;
    const { fleet, log, wallTime = Date.now } = this.#parts;
    this.#links.get(relay)?.close('replaced', `it has a newer link, from ${address}`);
    this.#links.set(relay, link);
    const known = this.#reconnects.get(relay);
    this.#reconnects.set(relay, known === undefined ? 0 : known + 1);
    const text = `relay ${relay} is linked from ${address} with ${hello.software}`;
    log.info('link', text, { id: relay, address, reason: 'linked', seconds: undefined });
    fleet.linked(relay, hello, wallTime());
    for (const tell of this.#hearers) tell(relay, hello);
  }

  #onReport(link: RelayLink, telemetry: Telemetry): void {
    if (this.#links.get(link.relay) === link) this.#parts.fleet.take(link.relay, telemetry);
  }

  #onClosed(link: RelayLink, end: LinkEnd, sentence: string): void {
    this.#open.delete(link);
    this.#lasting.get(link)?.close();
    const { relay, address, since } = link;
    const seconds = Math.round((this.#parts.clock.now() - since) / 1000);
    const text = `the link of relay ${relay} from ${address} is over: ${sentence}`;
    link.log[end === 'shutdown' ? 'info' : 'warn']('link', text, {
      id: relay,
      address,
      reason: end,
      seconds,
    });
    if (this.#links.get(relay) !== link) return;
    this.#links.delete(relay);
    this.#parts.fleet.unlinked(relay);
  }

  /** Those that are none of the fleet any more, or would have to prove otherwise who they are. */
  #dismissStrangers(): void {
    const { entries } = this.#parts.roster;
    for (const link of [...this.#open]) {
      const [before, now] = [this.#entries.get(link), entries.get(link.relay)];
      if (now === undefined) link.close('dismissed', 'it is not in the roster any more');
      else if (now.key !== before?.key || now.auth !== before.auth)
        link.close('dismissed', 'the roster has another key for it');
    }
    for (const known of [this.#reconnects, this.#allowances])
      for (const relay of known.keys()) if (!entries.has(relay)) known.delete(relay);
  }
}
