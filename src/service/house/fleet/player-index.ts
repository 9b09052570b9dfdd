import type { FleetPlayer, PlayerFilter } from './fleet.ts';

/** So many players are known by name in the whole fleet: of more the relays' counts are known, and no more. */
export const MAX_PLAYERS = 1_000_000;

/** What players are found by. */
const looks = ['uid', 'address', 'stream', 'identity'] as const;

/** Most names have one player: a set for each would take more memory than the players. */
type Found = FleetPlayer | Set<FleetPlayer>;

/** All players of the fleet, by what they are asked for. */
export class PlayerIndex {
  readonly #most: number;
  readonly #players = new Map<string, FleetPlayer>();
  readonly #by: Readonly<Record<(typeof looks)[number], Map<string, Found>>> = {
    uid: new Map(),
    address: new Map(),
    stream: new Map(),
    identity: new Map(),
  };

  constructor(most: number = MAX_PLAYERS) {
    this.#most = most;
  }

  get size(): number {
    return this.#players.size;
  }

  get(player: string): FleetPlayer | undefined {
    return this.#players.get(player);
  }

  /** @returns whether there was room */
  add(player: FleetPlayer): boolean {
    if (this.#players.size >= this.#most) return false;
    this.#players.set(player.player, player);
    for (const look of looks) {
      const value = player[look];
      if (value === null) continue;
      const known = this.#by[look].get(value);
      if (known instanceof Set) known.add(player);
      else this.#by[look].set(value, known === undefined ? player : new Set([known, player]));
    }
    return true;
  }

  remove(player: FleetPlayer): void {
    if (this.#players.get(player.player) !== player) return;
    this.#players.delete(player.player);
    for (const look of looks) {
      const value = player[look];
      if (value === null) continue;
      const known = this.#by[look].get(value);
      if (known instanceof Set) known.delete(player);
      if (known === player || (known instanceof Set && known.size === 0)) this.#by[look].delete(value);
    }
  }

  /** Those for whom all of it holds; those of one relay are found faster by that one's own list. */
  *find(filter: PlayerFilter = {}): Generator<FleetPlayer> {
    for (const player of this.#fewest(filter)) if (matches(player, filter)) yield player;
  }

  /** The players that need to be looked at. */
  #fewest(filter: PlayerFilter): Iterable<FleetPlayer> {
    let fewest: Iterable<FleetPlayer> = this.#players.values();
    let count = this.#players.size;
    for (const look of looks) {
      const value = filter[look];
      if (value === undefined) continue;
      const found = this.#by[look].get(value);
      if (found === undefined) return [];
      const size = found instanceof Set ? found.size : 1;
      if (size <= count) [fewest, count] = [found instanceof Set ? found : [found], size];
    }
    return fewest;
  }
}

/** Whether all of a filter holds for a player. */
export function matches(player: FleetPlayer, filter: PlayerFilter): boolean {
  if (filter.relay !== undefined && player.relay !== filter.relay) return false;
  return looks.every((look) => filter[look] === undefined || player[look] === filter[look]);
}
