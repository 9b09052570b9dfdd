import { createHash } from 'node:crypto';
import { addressGroup } from '../../../config/networks.ts';
import type { Ban } from '../../access/bans/ban-ledger.ts';
import type { Decisions, FleetBan } from '../store/house-store.ts';

/** Somebody who is to be kept out. */
export interface BannedOwner {
  /** Normalized; null where it may be that of a house which brings them. */
  readonly address: string | null;
  /** Who they have proven to be; null where they have not. */
  readonly identity: string | null;
}

/** How long somebody is kept out, and why. */
export interface BanTerms {
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
}

/** What keeps these out: their addresses, and who they have proven to be. */
export function bansOf(owners: Iterable<BannedOwner>): readonly Ban[] {
  const bans = new Map<string, Ban>();
  for (const { address, identity } of owners) {
    const group = address === null ? '' : addressGroup(address);
    if (group !== '') bans.set(`address ${group}`, { kind: 'address', value: group });
    if (identity !== null) bans.set(`identity ${identity}`, { kind: 'identity', value: identity });
  }
  return [...bans.values()];
}

/** The decisions with these bans, each in place of one of the same. */
export function withBans(decisions: Decisions, bans: readonly Ban[], terms: BanTerms): Decisions {
  const added = bans.map((ban): FleetBan => ({ id: idOf(ban), kind: ban.kind, value: ban.value, ...terms }));
  const ids = new Set(added.map(({ id }) => id));
  return { ...decisions, bans: [...decisions.bans.filter(({ id }) => !ids.has(id)), ...added] };
}

/** The decisions without the ban of this id. */
export function withoutBan(decisions: Decisions, id: string): Decisions {
  return { ...decisions, bans: decisions.bans.filter((ban) => ban.id !== id) };
}

/** Those that hold now. @param now - milliseconds since 1970 */
export function standingBans({ bans }: Pick<Decisions, 'bans'>, now: number): readonly FleetBan[] {
  return bans.filter(({ until }) => until > now);
}

/** Follows from who is banned. */
function idOf({ kind, value }: Ban): string {
  return createHash('sha256').update(`${kind} ${value}`).digest('hex').slice(0, 12);
}
