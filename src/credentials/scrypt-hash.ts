import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** A password as scrypt hashes it, with all that is needed to do it again. @see RFC 7914 */
export interface ScryptHash {
  /** The cost N, a power of two, as its exponent. */
  readonly costExponent: number;
  /** The block size r. */
  readonly blockSize: number;
  /** The parallelization p. */
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

/** What is used for new hashes: 32 MiB and about 0.1 s each. */
export const SCRYPT_COST = { costExponent: 15, blockSize: 8, parallelism: 1 } as const;

/** Memory that one hash may take, bytes. */
const MAX_MEMORY_BYTES = 128 * 2 ** 20;
/** Time that one hash may take, as a multiple of what {@link SCRYPT_COST} takes. */
const MAX_WORK = 16;

const form =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{8,128})\$([A-Za-z0-9+/]{22,128})$/;

/** Reads `$scrypt$ln=15,r=8,p=1$SALT$KEY`, salt and key in Base64 without padding; undefined where it is none, or costs too much. */
export function parseScryptHash(text: string): ScryptHash | undefined {
  const [, ln, r, p, salt, key] = form.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  const cost = { costExponent: Number(ln), blockSize: Number(r), parallelism: Number(p) };
  if (!isAffordable(cost)) return undefined;
  return { ...cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

/** The text that {@link parseScryptHash} reads. */
export function formatScryptHash({ costExponent, blockSize, parallelism, salt, key }: ScryptHash): string {
  const [saltText, keyText] = [salt, key].map((bytes) =>
    Buffer.from(bytes).toString('base64').replace(/=+$/, ''),
  );
  return `$scrypt$ln=${costExponent},r=${blockSize},p=${parallelism}$${saltText}$${keyText}`;
}

/** Hashes a password, in a thread of its own. @param like - cost, salt and length of the key */
export function scryptHash(
  password: string,
  like: Omit<ScryptHash, 'key'>,
  keyBytes = 32,
): Promise<ScryptHash> {
  const { costExponent, blockSize, parallelism, salt } = like;
  const options: ScryptOptions = {
    ...{ N: 2 ** costExponent, r: blockSize, p: parallelism },
    maxmem: MAX_MEMORY_BYTES + 2 ** 20,
  };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => {
      if (error === null) resolve({ ...like, key });
      else reject(error);
    });
  });
}

/** Whether a password is the one that was hashed. */
export async function matchesScrypt(password: string, hash: ScryptHash): Promise<boolean> {
  const { key } = await scryptHash(password, hash, hash.key.length);
  return timingSafeEqual(key, hash.key);
}

function isAffordable({ costExponent, blockSize, parallelism }: Omit<ScryptHash, 'salt' | 'key'>): boolean {
  if (costExponent < 1 || costExponent > 30 || blockSize < 1 || parallelism < 1) return false;
  const memory = 128 * 2 ** costExponent * blockSize;
  const usual = 2 ** SCRYPT_COST.costExponent * SCRYPT_COST.blockSize;
  return memory <= MAX_MEMORY_BYTES && 2 ** costExponent * blockSize * parallelism <= usual * MAX_WORK;
}
