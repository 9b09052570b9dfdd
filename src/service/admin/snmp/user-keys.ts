import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import snmp from 'net-snmp';
import type { SnmpUserSettings } from '../../../config/admin/snmp-settings.ts';
import { isSameSecret } from '../../../credentials/constant-time.ts';

/** A user of version 3 with its secrets. */
export interface SnmpUser extends Pick<SnmpUserSettings, 'name' | 'authProtocol' | 'privProtocol'> {
  readonly authSecret: string;
  /** Undefined where what is said is not hidden. */
  readonly privSecret: string | undefined;
}

const { AuthProtocols, PrivProtocols, Authentication, Encryption } = snmp;

/** How much of the digest stands in a message, bytes. @see RFC 7860 section 4 */
const digestLengths = { sha: 12, sha224: 16, sha256: 24, sha384: 32, sha512: 48 } as const;

const hashes = {
  sha: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
} as const;

const ciphers = {
  aes: { name: 'aes-128-cfb', protocol: PrivProtocols.aes },
  aes256: { name: 'aes-256-cfb', protocol: PrivProtocols.aes256b },
} as const;

/** How many bytes of what a message is encrypted with stand in it. @see RFC 3826 section 3.1.2.1 */
const SALT_BYTES = 8;

/** What a message is encrypted with besides the key. */
export interface CipherPlace {
  readonly boots: number;
  readonly time: number;
}

/** The keys of a user for one agent, made of its secrets: signs and checks, hides and shows. */
export class UserKeys {
  readonly digestLength: number;
  readonly #hash: string;
  readonly #auth: Buffer;
  readonly #cipher: string;
  readonly #priv: Buffer | undefined;

  /** Making them takes some milliseconds, and a mebibyte for a moment. */
  constructor({ authProtocol, authSecret, privProtocol, privSecret }: SnmpUser, engineId: Buffer) {
    const protocol = AuthProtocols[authProtocol];
    const { name, protocol: privacy } = ciphers[privProtocol];
    const algorithm = Encryption.algorithms[privacy];
    this.digestLength = digestLengths[authProtocol];
    this.#hash = hashes[authProtocol];
    this.#auth = Authentication.passwordToKey(protocol, authSecret, engineId);
    this.#cipher = name;
    this.#priv =
      privSecret === undefined
        ? undefined
        : algorithm.localizationAlgorithm(algorithm, protocol, privSecret, engineId);
  }

  /** Whether what this user is told is hidden. */
  get isPrivate(): boolean {
    return this.#priv !== undefined;
  }

  /** The digest of a message that has zeros in its place. */
  sign(message: Buffer): Buffer {
    return createHmac(this.#hash, this.#auth).update(message).digest().subarray(0, this.digestLength);
  }

  isSigned(message: Buffer, digest: Buffer): boolean {
    return isSameSecret(this.sign(message), digest);
  }

  hide(plain: Buffer, place: CipherPlace): { readonly bytes: Buffer; readonly salt: Buffer } {
    const salt = randomBytes(SALT_BYTES);
    const cipher = createCipheriv(this.#cipher, this.#key, vector(place, salt));
    return { bytes: Buffer.concat([cipher.update(plain), cipher.final()]), salt };
  }

  /** @returns undefined where it cannot be shown; bytes without a meaning where the key is another */
  show(hidden: Buffer, place: CipherPlace, salt: Buffer): Buffer | undefined {
    if (salt.length !== SALT_BYTES) return undefined;
    const cipher = createDecipheriv(this.#cipher, this.#key, vector(place, salt));
    return Buffer.concat([cipher.update(hidden), cipher.final()]);
  }

  get #key(): Buffer {
    if (this.#priv === undefined) throw new Error('this user has no secret to hide anything with');
    return this.#priv;
  }
}

function vector({ boots, time }: CipherPlace, salt: Buffer): Buffer {
  const place = Buffer.alloc(8);
  place.writeInt32BE(boots, 0);
  place.writeInt32BE(time, 4);
  return Buffer.concat([place, salt]);
}
