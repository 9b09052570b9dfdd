import { ChangeRefused } from '../../admin/relay-changes.ts';
import type { Acknowledgement } from '../../fleet-link/relay-message.ts';
import type { BroughtSessions } from '../entrance/brought-sessions.ts';
import type { Fleet, FleetPlayer, PlayerFilter } from '../fleet/fleet.ts';
import { LinkError, type Order, type RelayLinks } from '../links/relay-links.ts';
import type { KickOutcome } from '../overview/kick-outcome.ts';
import type { Roster } from '../roster/roster.ts';
import type { HouseStore } from '../store/house-store.ts';
import { type BannedOwner, bansOf, withBans } from './ban-decisions.ts';
import { decided } from './fleet-decisions.ts';

/** Who is meant by a kick: those for whom everything holds that is given, at least one thing. */
export type FleetKickFilter = Omit<PlayerFilter, 'relay'>;

/** What a kick says and does besides. */
export interface KickTerms {
  /** For the person who is ended. */
  readonly reason: string;
  /** So long they are kept out, milliseconds; undefined: not at all. */
  readonly banMs?: number | undefined;
}

/** What a kick needs. */
export interface FleetKickParts {
  readonly roster: Pick<Roster, 'entries'>;
  readonly fleet: Fleet;
  readonly store: HouseStore;
  readonly links: RelayLinks;
  /** The sessions of this house itself. */
  readonly brought: Pick<BroughtSessions, 'kick'>;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** Ends players wherever they are, and keeps them out of the whole fleet. */
export class FleetKick {
  readonly #parts: FleetKickParts;

  constructor(parts: FleetKickParts) {
    this.#parts = parts;
  }

  /**
   * Ends a player's session, and keeps out its address and who it has proven to be where that is wished.
   * @param id - `relay/session`
   * @throws ChangeRefused
   */
  async player(id: string, terms: KickTerms): Promise<KickOutcome> {
    const player = this.#parts.fleet.player(id);
    if (player === undefined) throw new ChangeRefused('not-found', `there is no player ${id}`);
    const order: KickOrder = { ...nobody, session: player.id, reason: terms.reason };
    return this.#kick([player.relay], order, [this.#owner(player)], terms);
  }

  /**
   * Ends the sessions that a filter means, at all relays. Who is kept out: the address or identity that is given, else whoever has the
   * sessions.
   * @throws ChangeRefused
   */
  async all(filter: FleetKickFilter, terms: KickTerms): Promise<KickOutcome> {
    const { fleet, roster } = this.#parts;
    const { uid = null, address = null, identity = null, stream = null } = filter;
    const relays = [...roster.entries.keys()].filter((relay) => fleet.isOnline(relay)); // one may have come that was not reported yet
    const { reason } = terms;
    const order: KickOrder = { ...nobody, uid, address, identity, stream, reason };
    // of those that the house brings, a relay may not know the address; and it knows all the rest
    if (address !== null && uid === null)
      this.#parts.brought.kick(
        { address, identity: identity ?? undefined, key: stream ?? undefined },
        reason,
      );
    const owners = [...fleet.players(filter)].map((player) => this.#owner(player));
    return this.#kick(relays, order, owners, terms, { address, identity });
  }

  async #kick(
    relays: readonly string[],
    order: KickOrder,
    owners: readonly BannedOwner[],
    { banMs, reason }: KickTerms,
    named: { readonly address: string | null; readonly identity: string | null } = {
      address: null,
      identity: null,
    },
  ): Promise<KickOutcome> {
    const fault = banMs === undefined ? undefined : await this.#ban(named, owners, { banMs, reason });
    const outcome = await this.#order(relays, order);
    if (fault !== undefined)
      throw new ChangeRefused(
        'unavailable',
        `sessions that have ended: ${outcome.ended}, but nobody is kept out: ${fault}`,
      );
    return outcome;
  }

  /** Kept out before they are ended: who comes back at once is not let in. @returns why that could not be */
  async #ban(
    { address, identity }: { readonly address: string | null; readonly identity: string | null },
    owners: readonly BannedOwner[],
    { banMs, reason }: { readonly banMs: number; readonly reason: string },
  ): Promise<string | undefined> {
    const isNamed = address !== null || identity !== null;
    const bans = isNamed
      ? [
          ...(address === null ? [] : bansOf([{ address, identity: null }])),
          ...(identity === null ? [] : [{ kind: 'identity', value: identity } as const]),
        ]
      : bansOf(owners);
    if (bans.length === 0 && owners.length > 0) return addressesOfHouses;
    try {
      await decided(this.#parts.store, (decisions) =>
        withBans(decisions, bans, { until: this.#parts.wallMs() + banMs, reason }),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ChangeRefused) return error.message;
      throw error;
    }
  }

  /** A relay that is not told whom the house brings sees the house's address: all that come by RTMP would be kept out with one. */
  #owner({ relay, protocol, address, identity }: FleetPlayer): BannedOwner {
    const isTold = this.#parts.roster.entries.get(relay)?.proxyProtocol === true;
    return { identity, address: protocol.startsWith('rtmp') && !isTold ? null : address };
  }

  async #order(relays: readonly string[], order: Order): Promise<KickOutcome> {
    const { links } = this.#parts;
    const answers = await Promise.all(
      relays.map(async (relay): Promise<{ relay: string; ended: number; problem: string | null }> => {
        try {
          const { ended = 0, problem }: Acknowledgement = await links.order(relay, order);
          return { relay, ended, problem };
        } catch (error) {
          if (error instanceof LinkError) return { relay, ended: 0, problem: error.message };
          throw error;
        }
      }),
    );
    const unreached = answers.flatMap(({ relay, problem }) => (problem === null ? [] : [{ relay, problem }]));
    return { ended: answers.reduce((sum, { ended }) => sum + ended, 0), unreached };
  }
}

const addressesOfHouses =
  'all that the relay knows is the address of a house: name theirs, or set proxyProtocol in the roster';

type KickOrder = Extract<Order, { type: 'kick' }>;

const nobody = {
  type: 'kick',
  session: null,
  uid: null,
  identity: null,
  address: null,
  stream: null,
} as const;
