import { createHash } from 'node:crypto';
import { addressGroup } from '../../../config/networks.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';

/** So many each maker keeps out at a time: of more the oldest bans are forgotten. */
const MAX_BANS = 10_000;

const ID_LENGTH = 12;

/** By what somebody is kept out. */
export const banKinds = ['address', 'identity'] as const;

/** One of {@link banKinds}. */
export type BanKind = (typeof banKinds)[number];

/** Who is kept out: an address as `addressGroup` gives it, or an identity that is proven. */
export interface Ban {
  readonly kind: BanKind;
  readonly value: string;
}

/** A ban that stands. */
export interface StandingBan extends Ban {
  /** Follows from who is banned. */
  readonly id: string;
  /** Milliseconds of the clock. */
  readonly until: number;
}

/** Refuses those who are banned. */
export interface BanCheck {
  /** Why whoever it is may do nothing here; undefined where nobody has banned them. @param address - normalized */
  objectionTo(address: string | null, identity?: string): Refusal | undefined;
}

/** Who has made a ban: an operator of this relay, or its house. */
export const banMakers = ['relay', 'house'] as const;

/** One of {@link banMakers}. */
export type BanMaker = (typeof banMakers)[number];

/** Bans, and for how many milliseconds more each holds. */
export type LeftBans = readonly (readonly [ban: Ban, ms: number])[];

/** Who is kept out for a while. */
export class BanLedger implements BanCheck {
  readonly #clock: Clock;
  readonly #lists: Readonly<Record<BanMaker, BanList>>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lists = { relay: new BanList(clock), house: new BanList(clock) };
  }

  /** Keeps somebody out from now on; a ban of the same that was made here before this one holds no more. @param ms - how long */
  add(ban: Ban, ms: number): void {
    this.#lists.relay.add(ban, ms);
  }

  /** Of the bans of this maker these hold, and no others. */
  replaceFrom(maker: BanMaker, bans: LeftBans): void {
    const list = this.#lists[maker];
    list.clear();
    for (const [{ kind, value }, ms] of bans)
      if (ms > 0) list.add({ kind, value: kind === 'address' ? addressGroup(value) : value }, ms);
  }

  /** These hold, and no others. */
  replace(bans: Readonly<Record<BanMaker, LeftBans>>): void {
    for (const maker of banMakers) this.replaceFrom(maker, bans[maker]);
  }

  /** Those that hold now, by maker: for {@link replace} in another thread. */
  left(): Record<BanMaker, LeftBans> {
    const now = this.#clock.now();
    const leftOf = (maker: BanMaker): LeftBans =>
      this.#lists[maker].standing().map(({ kind, value, until }) => [{ kind, value }, until - now]);
    return { relay: leftOf('relay'), house: leftOf('house') };
  }

  /** Lifts a ban that was made here. @returns whether there was such a ban */
  lift(id: string): boolean {
    return this.#lists.relay.lift(id);
  }

  objectionTo(address: string | null, identity?: string): Refusal | undefined {
    const { relay, house } = this.#lists;
    if (relay.size === 0 && house.size === 0) return undefined;
    const isOut = (ban: Ban): boolean => relay.stands(ban) || house.stands(ban);
    const isBanned =
      (address !== null && isOut({ kind: 'address', value: addressGroup(address) })) ||
      (identity !== undefined && isOut({ kind: 'identity', value: identity }));
    return isBanned ? banned : undefined;
  }

  /** Those that hold now: of the relay, then of the house, each the oldest first. Who is kept out by both is there once. */
  standing(): readonly StandingBan[] {
    const all = banMakers.flatMap((maker) => this.#lists[maker].standing());
    return [...new Map(all.map((ban) => [ban.id, ban])).values()];
  }
}

/** The bans of one maker. */
class BanList {
  readonly #clock: Clock;
  /** By kind and value, the oldest first. */
  readonly #bans = new Map<string, StandingBan>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#bans.size;
  }

  clear(): void {
    this.#bans.clear();
  }

  add(ban: Ban, ms: number): void {
    const name = nameOf(ban);
    this.#bans.delete(name);
    const [oldest] = this.#bans.size < MAX_BANS ? [] : this.#bans.keys();
    if (oldest !== undefined) this.#bans.delete(oldest);
    this.#bans.set(name, { ...ban, id: idOf(name), until: this.#clock.now() + ms });
  }

  lift(id: string): boolean {
    const ban = this.standing().find((one) => one.id === id);
    return ban !== undefined && this.#bans.delete(nameOf(ban));
  }

  standing(): readonly StandingBan[] {
    const now = this.#clock.now();
    for (const [name, { until }] of this.#bans) if (until <= now) this.#bans.delete(name);
    return [...this.#bans.values()];
  }

  stands(ban: Ban): boolean {
    const until = this.#bans.get(nameOf(ban))?.until;
    return until !== undefined && until > this.#clock.now();
  }
}

const banned: Refusal = { refused: 'banned', description: 'you are banned from this server for a while' };

/** The id of a ban, which follows from who is banned. */
export function banId(ban: Ban): string {
  return idOf(nameOf(ban));
}

function nameOf({ kind, value }: Ban): string {
  return `${kind} ${value}`;
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, '').slice(0, ID_LENGTH);
}
