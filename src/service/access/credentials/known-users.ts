import { createHmac } from 'node:crypto';
import type { PasswordRequirement } from '../../../config/access/password-requirement.ts';
import { verifiersProblem } from '../../../config/access/password-requirement.ts';
import { readCredentialLines } from '../../../credentials/credential-file.ts';
import {
  type DigestAlgorithm,
  digestAlgorithms,
  type PasswordVerifiers,
  parseVerifiers,
} from '../../../credentials/password-verifiers.ts';
import { SCRYPT_COST, type ScryptHash } from '../../../credentials/scrypt-hash.ts';

/**
 * The users of one list. Those who are not on it have something to be held against all the same, which looks alike each time and
 * never fits: neither the time nor the answer tells who is known.
 */
export class KnownUsers {
  readonly #users: ReadonlyMap<string, PasswordVerifiers>;
  readonly #realm: string;
  /** The same after a restart with the same users. */
  readonly #decoyKey: string;
  readonly #decoy: ScryptHash;

  /** @throws CredentialFileError */
  constructor({ users, usersFile, realm }: Pick<PasswordRequirement, 'users' | 'usersFile' | 'realm'>) {
    const more = usersFile === null ? [] : readCredentialLines(usersFile, verifiersProblem);
    const lines = [...users, ...more];
    const known = lines.map(parseVerifiers).filter((found) => typeof found !== 'string');
    this.#users = new Map(known.map((verifiers) => [verifiers.user, verifiers]));
    this.#realm = realm;
    this.#decoyKey = lines.join('\n');
    const like = known[0]?.scrypt ?? { ...SCRYPT_COST, salt: Buffer.alloc(16) };
    this.#decoy = { ...like, key: Buffer.alloc(32) };
  }

  /** What a password that is sent is held against. */
  scryptOf(user: string): ScryptHash {
    return this.#users.get(user)?.scrypt ?? this.#decoy;
  }

  /** Whether there is a user of this name. */
  has(user: string): boolean {
    return this.#users.has(user);
  }

  /** Whether any user can do the challenge of RTMP. */
  get doRtmp(): boolean {
    return [...this.#users.values()].some(({ rtmp }) => rtmp !== undefined);
  }

  /** The salt of the challenge of RTMP. */
  rtmpSaltOf(user: string): string {
    return this.#users.get(user)?.rtmp?.salt ?? this.#made(`salt ${user}`, 'base64url').slice(0, 8);
  }

  /** What an answer over RTMP is held against. */
  rtmpHashOf(user: string): string {
    return this.#users.get(user)?.rtmp?.hash ?? this.#made(`hash ${user}`, 'base64');
  }

  /** Algorithms that any user can do Digest with, the better first. */
  get digestAlgorithms(): readonly DigestAlgorithm[] {
    return digestAlgorithms.filter((algorithm) =>
      [...this.#users.values()].some(({ digest }) => digest[algorithm]?.realm === this.#realm),
    );
  }

  /** What a Digest is held against. */
  ha1Of(user: string, algorithm: DigestAlgorithm): string {
    const verifier = this.#users.get(user)?.digest[algorithm];
    return verifier?.realm === this.#realm ? verifier.ha1 : this.#made(`ha1 ${user}`, 'hex');
  }

  #made(what: string, encoding: 'hex' | 'base64' | 'base64url'): string {
    return createHmac('sha256', this.#decoyKey).update(what).digest(encoding);
  }
}
