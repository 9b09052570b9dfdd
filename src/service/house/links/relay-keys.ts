import { randomBytes } from 'node:crypto';
import { isSameSecret } from '../../../credentials/constant-time.ts';
import { hashKey, isKeyHash } from '../../../credentials/key-hash.ts';
import {
  matchesScrypt,
  parseScryptHash,
  SCRYPT_COST,
  type ScryptHash,
} from '../../../credentials/scrypt-hash.ts';
import type { Clock } from '../../../stream/clock.ts';
import { type PasswordAnswer, PasswordQueue } from '../../access/credentials/password-queue.ts';

const scryptPrefix = 'scrypt:';

/** Holds keys of relays against what is stored of them; a hash that costs work is looked at one at a time. */
export class RelayKeys {
  readonly #queue: PasswordQueue;
  /** For ids that nobody has: as much work as a relay's. */
  readonly #decoy: ScryptHash = { ...SCRYPT_COST, salt: randomBytes(16), key: randomBytes(32) };

  constructor(clock: Clock) {
    this.#queue = new PasswordQueue(clock, matchesScrypt);
  }

  /**
   * Whether a key is the one that is stored.
   * @param stored - as a roster has it; `decoy` for one that nobody has
   * @param signal - whoever shows it has left
   */
  check(
    key: string,
    stored: string | 'decoy',
    address: string,
    signal: AbortSignal,
  ): PasswordAnswer | Promise<PasswordAnswer> {
    const hash = stored === 'decoy' ? this.#decoy : hashOf(stored);
    if (hash === 'none') return isStored(key, stored) ? 'right' : 'wrong';
    if (hash === undefined) return 'wrong';
    return this.#queue.check({ password: key, hash, address, holder: {}, isAgain: false }, signal);
  }
}

/** Whether it is stored as a hash that costs work. */
export function isCostly(stored: string | null): boolean {
  return stored?.startsWith(scryptPrefix) === true;
}

function isStored(key: string, stored: string): boolean {
  return isKeyHash(stored) ? isSameSecret(hashKey(key), stored.toLowerCase()) : isSameSecret(key, stored);
}

/** `none`: it is stored as it is, or as a hash that costs nothing. Undefined: nobody can read it. */
function hashOf(stored: string): ScryptHash | 'none' | undefined {
  if (!isCostly(stored)) return 'none';
  const text = stored.slice(scryptPrefix.length);
  return parseScryptHash(text.startsWith('$') ? text : `$scrypt$${text}`);
}
