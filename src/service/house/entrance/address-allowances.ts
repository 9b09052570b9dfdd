import { addressGroup } from '../../../config/networks.ts';
import { Allowance } from '../../../session/allowance.ts';
import type { Clock } from '../../../stream/clock.ts';

/**
 * How often those of one address may be sent to relays: so many at once, as where a school begins to watch, and so many a second. Each
 * takes a place at a relay until it comes there.
 */
const AT_ONCE = 200;
const PER_SECOND = 20;

/** So many addresses are remembered: beyond that the one that has asked least lately is forgotten. */
const MAX_GROUPS = 20_000;

/** Counts how often those of each address were sent to relays; IPv6 by its /64. */
export class AddressAllowances {
  readonly #clock: Clock;
  /** By group, the one that has asked last at the end. */
  readonly #allowances = new Map<string, Allowance>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one of an address, if there is one left. @param address - normalized */
  take(address: string): boolean {
    const group = addressGroup(address);
    const known = this.#allowances.get(group);
    const allowance = known ?? new Allowance(this.#clock, AT_ONCE, PER_SECOND);
    if (known !== undefined) this.#allowances.delete(group);
    else this.#makeRoom();
    this.#allowances.set(group, allowance);
    return allowance.take();
  }

  #makeRoom(): void {
    const [oldest] = this.#allowances.size < MAX_GROUPS ? [] : this.#allowances.keys();
    if (oldest !== undefined) this.#allowances.delete(oldest);
  }
}
