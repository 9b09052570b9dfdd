import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Keys are secrets that a program has made: whoever guesses needs as long as this makes them, with whatever hash. */
const MIN_CHARACTERS = 16;
const MAX_CHARACTERS = 512;

const SALT_BYTES = 16;

const plainForm = /^[^\s\p{C}]+$/u;
/** The SHA-256 of a key, as a relay that makes itself known sends it; or the same with a salt, as it is stored. */
const hashForm = /^sha256:(?:([\w-]{22}):)?([0-9a-f]{64})$/i;

/**
 * A relay's key as it may be stored: `sha256:SALT:HASH`, the salt 16 bytes in base64url, the hash the SHA-256 of the salt and the SHA-256
 * of the key's UTF-8 bytes, 64 hexadecimal digits. No slow hash: a random key is not found by trying, and a thousand relays that come back
 * at the same moment are to cost no time.
 * @param key - or its `sha256:HASH`, which gets a salt
 */
export function saltedRelayKey(key: string, salt: Uint8Array = randomBytes(SALT_BYTES)): string {
  const digest = hashForm.test(key) ? Buffer.from(key.slice(-64), 'hex') : plainDigest(key);
  return `sha256:${Buffer.from(salt).toString('base64url')}:${saltedDigest(salt, digest).toString('hex')}`;
}

/** Whether a stored key is a hash, with or without a salt, and not the key itself. */
export function isRelayKeyHash(stored: string): boolean {
  return stored.startsWith('sha256:');
}

/** What is wrong with a stored key, as a sentence that begins with "expected" and does not repeat it; undefined when nothing is. */
export function relayKeyProblem(stored: string): string | undefined {
  if (isRelayKeyHash(stored))
    return hashForm.test(stored)
      ? undefined
      : 'expected sha256:, a salt and a hash, as streampump house hash-key makes them';
  if (stored.length < MIN_CHARACTERS || stored.length > MAX_CHARACTERS)
    return `expected a key of ${MIN_CHARACTERS} to ${MAX_CHARACTERS} characters`;
  return plainForm.test(stored) ? undefined : 'expected a key without spaces and control characters';
}

/**
 * Whether a key is the one that is stored, in a time that says nothing of either: it takes as long where nothing is stored.
 * @param shown - as a relay shows it: a hash that somebody has read is no key
 */
export function isRelayKey(stored: string | undefined, shown: string): boolean {
  const [, salt, digest] = hashForm.exec(stored ?? noKey) ?? [];
  const ours = digest === undefined ? plainDigest(stored ?? '') : Buffer.from(digest, 'hex');
  const theirs = plainDigest(shown);
  const salted = saltedDigest(Buffer.from(salt ?? '', 'base64url'), theirs);
  return timingSafeEqual(ours, salt === undefined ? theirs : salted) && stored !== undefined;
}

function plainDigest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function saltedDigest(salt: Uint8Array, digest: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([salt, digest]), 'buffer');
}

/** Of a key that nobody knows. */
const noKey = saltedRelayKey(randomBytes(32).toString('hex'));
