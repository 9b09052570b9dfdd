import { addressGroup } from '../../config/networks.ts';
import { Allowance } from '../../session/allowance.ts';
import type { Clock } from '../../stream/clock.ts';

/** So many addresses are remembered: beyond that the one that has asked least lately is forgotten. */
const MAX_GROUPS = 20_000;

/** So many at once, and so many a second, for each address; IPv6 by its /64. */
export class AddressAllowances {
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #perSecond: number;
  /** By group, the one that has asked last at the end. */
  readonly #allowances = new Map<string, Allowance>();

  constructor(clock: Clock, atOnce: number, perSecond: number) {
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
  }

  /** Takes one of an address, if there is one left. @param address - normalized */
  take(address: string): boolean {
    const group = addressGroup(address);
    const known = this.#allowances.get(group);
    const allowance = known ?? new Allowance(this.#clock, this.#atOnce, this.#perSecond);
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
