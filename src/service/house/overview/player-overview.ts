import { KeyPattern } from '../../../config/key-pattern.ts';
import { NetworkList } from '../../../config/networks.ts';
import type { PageWish } from '../../admin/list-wish.ts';
import type { ListPart } from '../../admin/relay-status.ts';
import type { Fleet, FleetPlayer, PlayerFilter } from '../fleet/fleet.ts';
import { firstPart } from './first-part.ts';
import type { FleetPlayerStatus } from './fleet-status.ts';

/** Which players are wanted: those for whom everything holds that is given. */
export interface PlayerWish extends PlayerFilter {
  /** Or a network in CIDR notation. */
  readonly address?: string | undefined;
  /** A key, or a pattern. */
  readonly stream?: string | undefined;
  readonly protocol?: string | undefined;
  /** Words that all stand somewhere in what is known of the player, in whatever letters. */
  readonly search?: string | undefined;
}

/** The players of a fleet, by id. */
export function listFleetPlayers(fleet: Fleet, wish: PlayerWish & PageWish): ListPart<FleetPlayerStatus> {
  const { items, next } = firstPart(wantedPlayers(fleet, wish), ({ player }) => player, wish);
  return { items: items.map(fleetPlayerStatus), next };
}

function* wantedPlayers(fleet: Fleet, wish: PlayerWish): Generator<FleetPlayer> {
  const { uid, identity, relay, protocol, address, stream } = wish;
  const isNetwork = address?.includes('/') === true;
  const network = isNetwork ? new NetworkList([address]) : undefined;
  const pattern = stream === undefined ? undefined : new KeyPattern(stream);
  const words = wish.search?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  const found = fleet.players({
    ...{ uid, identity, relay },
    address: isNetwork ? undefined : address,
    stream: pattern?.isExact === true ? stream : undefined,
  });
  for (const player of found) {
    if (protocol !== undefined && player.protocol !== protocol) continue;
    if (pattern?.matches(player.stream) === false || network?.contains(player.address) === false) continue;
    if (words.length === 0 || hasWords(player, words)) yield player;
  }
}

/** A player as people see it. */
export function fleetPlayerStatus(player: FleetPlayer): FleetPlayerStatus {
  const { relay, id: session, uid, identity, address, protocol, stream } = player;
  const since = new Date(Math.min(player.since, MAX_DATE)).toISOString();
  return { id: player.player, relay, session, uid, identity, address, protocol, stream, since };
}

/** A relay may say any number; later there are no dates. */
const MAX_DATE = 8.64e15;

function hasWords(
  { player, uid, identity, address, stream, protocol }: FleetPlayer,
  words: readonly string[],
): boolean {
  const text = `${player}\n${uid ?? ''}\n${identity ?? ''}\n${address}\n${stream}\n${protocol}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
