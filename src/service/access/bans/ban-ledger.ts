import { createHash } from 'node:crypto';
import { addressGroup } from '../../../config/networks.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';

/** So many are kept out at a time: of more the oldest bans are forgotten. */
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

/** Who is kept out for a while. */
export class BanLedger implements BanCheck {
  readonly #clock: Clock;
  /** By kind and value, the oldest first. */
  readonly #bans = new Map<string, StandingBan>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps somebody out from now on; a ban of the same before this one holds no more. @param ms - how long */
  add(ban: Ban, ms: number): void {
    const name = nameOf(ban);
    this.#bans.delete(name);
    const [oldest] = this.#bans.size < MAX_BANS ? [] : this.#bans.keys();
    if (oldest !== undefined) this.#bans.delete(oldest);
    this.#bans.set(name, { ...ban, id: idOf(name), until: this.#clock.now() + ms });
  }

  /** These hold, and no others. @param bans - with the milliseconds that each has left */
  replace(bans: readonly (readonly [ban: Ban, ms: number])[]): void {
    this.#bans.clear();
    for (const [ban, ms] of bans) this.add(ban, ms);
  }

  /** Those that hold now, with the milliseconds that each has left: for {@link replace} in another thread. */
  left(): (readonly [ban: Ban, ms: number])[] {
    const now = this.#clock.now();
    return this.standing().map(({ kind, value, until }) => [{ kind, value }, until - now]);
  }

  /** @returns whether there was such a ban */
  lift(id: string): boolean {
    const ban = this.standing().find((one) => one.id === id);
    return ban !== undefined && this.#bans.delete(nameOf(ban));
  }

  objectionTo(address: string | null, identity?: string): Refusal | undefined {
    if (this.#bans.size === 0) return undefined;
    const isBanned =
      (address !== null && this.#stands({ kind: 'address', value: addressGroup(address) })) ||
      (identity !== undefined && this.#stands({ kind: 'identity', value: identity }));
    return isBanned ? banned : undefined;
  }

  /** Those that hold now, the oldest first. */
  standing(): readonly StandingBan[] {
    const now = this.#clock.now();
    for (const [name, { until }] of this.#bans) if (until <= now) this.#bans.delete(name);
    return [...this.#bans.values()];
  }

  #stands(ban: Ban): boolean {
    const until = this.#bans.get(nameOf(ban))?.until;
    return until !== undefined && until > this.#clock.now();
  }
}

const banned: Refusal = { refused: 'banned', description: 'you are banned from this server for a while' };

function nameOf({ kind, value }: Ban): string {
  return `${kind} ${value}`;
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, '').slice(0, ID_LENGTH);
}
