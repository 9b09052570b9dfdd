import { hash } from 'node:crypto';

const prefix = 'sha256:';
const form = /^sha256:[0-9a-f]{64}$/i;

/**
 * A key as it may be stored: `sha256:` and the SHA-256 of its UTF-8 bytes in 64 hexadecimal digits. For random keys only: of a word
 * that somebody thought of, every dictionary finds it.
 */
export function hashKey(key: string): string {
  return prefix + hash('sha256', key);
}

/** The same of a key that is known by its digest only. @param digest - SHA-256, 64 hexadecimal digits */
export function keyOfDigest(digest: string): string {
  return prefix + digest.toLowerCase();
}

/** Whether a stored key is a hash, and not the key itself. */
export function isKeyHash(stored: string): boolean {
  return stored.startsWith(prefix);
}

/** What is wrong with a stored key, as a sentence that begins with "expected"; undefined when nothing is. */
export function storedKeyProblem(stored: string): string | undefined {
  if (isKeyHash(stored))
    return form.test(stored) ? undefined : 'expected 64 hexadecimal digits after sha256:';
  return /^[^\s\p{C}]{1,512}$/u.test(stored)
    ? undefined
    : 'expected a key of 1 to 512 characters, none of them a space';
}
