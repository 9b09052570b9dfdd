import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const TIME_BYTES = 4;
const RANDOM_BYTES = 4;
const MAC_BYTES = 16;
const TOKEN_LENGTH = Math.ceil(((TIME_BYTES + RANDOM_BYTES + MAC_BYTES) * 4) / 3);

/** Where a clock was set back a little, tokens come from the future, seconds. */
const MAX_FUTURE_SECONDS = 5;

/** What becomes of a token that comes back. */
export type TokenState = 'fresh' | 'expired' | 'foreign';

/**
 * Texts that are given out and known again when they come back, though nobody has kept them: each has its time and a MAC of
 * that, and of what it was made for. Whoever has the key can check them. Unguessable, base64url, 32 characters.
 */
export class TimedTokens {
  readonly #key: Uint8Array;
  readonly #label: string;
  readonly #lifetimeSeconds: number;
  readonly #now: () => number;

  /**
   * @param key - at least 32 random bytes
   * @param label - what the tokens are for: those of another label are no good
   * @param now - seconds, the same for all that have the key
   */
  constructor(key: Uint8Array, label: string, lifetimeSeconds: number, now: () => number) {
    this.#key = key;
    this.#label = label;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#now = now;
  }

  /** A new one. @param bindings - what has to be the same when it comes back */
  issue(...bindings: readonly string[]): string {
    const head = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
    head.writeUInt32BE(Math.floor(this.#now()) >>> 0);
    randomBytes(RANDOM_BYTES).copy(head, TIME_BYTES);
    return Buffer.concat([head, this.#mac(head, bindings)]).toString('base64url');
  }

  /** Whether this is one of these tokens, made for the same, and not too old. */
  check(token: string, ...bindings: readonly string[]): TokenState {
    if (token.length !== TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return 'foreign';
    const bytes = Buffer.from(token, 'base64url');
    const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
    if (!timingSafeEqual(bytes.subarray(head.length), this.#mac(head, bindings))) return 'foreign';
    const age = this.#now() - head.readUInt32BE();
    return age >= -MAX_FUTURE_SECONDS && age <= this.#lifetimeSeconds ? 'fresh' : 'expired';
  }

  #mac(head: Buffer, bindings: readonly string[]): Buffer {
    const mac = createHmac('sha256', this.#key).update(`${this.#label}\n`).update(head);
    for (const binding of bindings) {
      const bytes = Buffer.from(binding);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      mac.update(length).update(bytes);
    }
    return mac.digest().subarray(0, MAC_BYTES);
  }
}
