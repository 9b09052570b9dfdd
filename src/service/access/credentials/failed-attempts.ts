import type { FailureSettings } from '../../../config/access/failure-settings.ts';
import { addressGroup } from '../../../config/networks.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';

/** So many addresses are remembered, and as many are blocked at a time: beyond that the oldest are forgotten. */
const MAX_GROUPS = 10_000;

/** Knows whose credentials are not looked at for a while, and hears of those that were wrong. */
export interface FailedAttempts {
  /** @param address - normalized */
  isBlocked(address: string): boolean;
  /** A credential from there was wrong. */
  note(address: string): void;
}

/** Addresses whose credentials are not looked at, by group, each until its time. */
export class BlockedAddresses {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(address: string): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(addressGroup(address));
    return until !== undefined && until > this.#clock.now();
  }

  /** @param group - as `addressGroup` gives it @param ms - how long from now on */
  add(group: string, ms: number): void {
    this.#until.delete(group);
    makeRoom(this.#until);
    this.#until.set(group, this.#clock.now() + ms);
  }

  /** How many are blocked now. */
  get size(): number {
    return [...this.left()].length;
  }

  /** Those that are blocked now, and for how many milliseconds more. */
  *left(): Generator<readonly [group: string, ms: number]> {
    const now = this.#clock.now();
    for (const [group, until] of this.#until) if (until > now) yield [group, until - now];
  }
}

/** Counts the wrong credentials of each address, and blocks it where there are too many. */
export class FailureLedger implements FailedAttempts {
  readonly blocked: BlockedAddresses;
  readonly #settings: FailureSettings;
  readonly #clock: Clock;
  readonly #onBlocked: (group: string, ms: number) => void;
  /** By group, since when there were so many; the one that was wrong last is last. */
  readonly #counts = new Map<string, { readonly since: number; count: number }>();

  /**
   * @param settings - may change
   * @param onBlocked - told of each group that is blocked, and for how many milliseconds
   */
  constructor(settings: FailureSettings, clock: Clock, onBlocked: (group: string, ms: number) => void) {
    this.blocked = new BlockedAddresses(clock);
    this.#settings = settings;
    this.#clock = clock;
    this.#onBlocked = onBlocked;
  }

  isBlocked(address: string): boolean {
    return this.blocked.has(address);
  }

  note(address: string): void {
    if (this.blocked.has(address)) return; // what was being looked at when it was
    const group = addressGroup(address);
    const { attempts, withinMs, blockMs } = this.#settings;
    const now = this.#clock.now();
    const known = this.#counts.get(group);
    const { since, count } =
      known !== undefined && now - known.since < withinMs ? known : { since: now, count: 0 };
    this.#counts.delete(group);
    if (count + 1 < attempts) {
      makeRoom(this.#counts);
      this.#counts.set(group, { since, count: count + 1 });
    } else {
      this.blocked.add(group, blockMs);
      this.#onBlocked(group, blockMs);
    }
  }
}

/** Tells the operator that credentials of an address are not looked at for a while. */
export function logBlock(log: Log, group: string, ms: number): void {
  const seconds = Math.ceil(ms / 1000);
  const text = `too many wrong credentials from ${group}: none from there is looked at for ${seconds} s`;
  log.warn('blocked', text, { address: group, seconds });
}

/** For one more; the first to have come goes. */
function makeRoom(map: Map<string, unknown>): void {
  if (map.size < MAX_GROUPS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
