import { randomBytes } from 'node:crypto';
import { TimedTokens, type TokenState } from '../../../credentials/timed-token.ts';
import { UsedOnce } from '../../../credentials/used-once.ts';

/** How long the answer to a challenge of RTMP may take, with its new connection, seconds. */
const RTMP_SECONDS = 30;
/** How long a nonce of HTTP Digest may be used, seconds. */
const DIGEST_SECONDS = 300;

/** What all threads of a relay share, so that each knows the challenges of every other one. */
export interface ChallengeSecret {
  /** 32 random bytes, which nobody outside learns. */
  readonly key: Uint8Array;
  /** What was used, as `UsedOnce` makes it. */
  readonly used: SharedArrayBuffer;
}

/** A new one, once for a relay. */
export function newChallengeSecret(): ChallengeSecret {
  return { key: randomBytes(32), used: UsedOnce.memory() };
}

/** What comes of looking at the challenge in an answer that is right otherwise. */
export type ChallengeState = TokenState | 'used';

/**
 * The challenges that were given out. None is kept: each is known by its MAC, holds for the user and address that it was made for,
 * and for a short time. An answer counts once; what has it in hand may show it again.
 */
export class IssuedChallenges {
  readonly #rtmp: TimedTokens;
  readonly #digest: TimedTokens;
  readonly #used: UsedOnce;
  /** Answers that have counted, as those who brought them hold them. */
  readonly #counted = new WeakSet<object>();

  /** @param now - seconds, the same in all threads */
  constructor({ key, used }: ChallengeSecret, now: () => number = wallSeconds) {
    this.#rtmp = new TimedTokens(key, 'rtmp authmod', RTMP_SECONDS, now);
    this.#digest = new TimedTokens(key, 'http digest', DIGEST_SECONDS, now);
    this.#used = new UsedOnce(used, DIGEST_SECONDS, now);
  }

  /** A challenge for a user of RTMP. */
  forRtmp(user: string, address: string): string {
    return this.#rtmp.issue(user, address);
  }

  /** A nonce for HTTP Digest. */
  forDigest(realm: string, address: string): string {
    return this.#digest.issue(realm, address);
  }

  /** @param answer - the same object whenever the same peer shows the same @param response - what must not be shown again by others */
  checkRtmp(
    answer: object,
    challenge: string,
    response: string,
    user: string,
    address: string,
  ): ChallengeState {
    return this.#count(answer, `rtmp ${response}`, () => this.#rtmp.check(challenge, user, address));
  }

  /** As {@link checkRtmp}. */
  checkDigest(
    answer: object,
    nonce: string,
    response: string,
    realm: string,
    address: string,
  ): ChallengeState {
    return this.#count(answer, `digest ${response}`, () => this.#digest.check(nonce, realm, address));
  }

  #count(answer: object, use: string, check: () => TokenState): ChallengeState {
    if (this.#counted.has(answer)) return 'fresh';
    const state = check();
    if (state !== 'fresh') return state;
    if (!this.#used.take(use)) return 'used';
    this.#counted.add(answer);
    return 'fresh';
  }
}

function wallSeconds(): number {
  return Date.now() / 1000;
}
