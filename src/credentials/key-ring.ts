import { blinded } from './constant-time.ts';
import { hashKey, isKeyHash, storedKeyProblem } from './key-hash.ts';

/** A key as it is stored: itself or its hash, perhaps with a name. */
export interface StoredKey {
  readonly name: string | undefined;
  readonly key: string;
}

/** A key that somebody has. */
export interface KnownKey {
  /** Undefined where it was given none. */
  readonly name: string | undefined;
}

/** Reads `KEY` or `NAME KEY`, where a key is itself or `sha256:...`; undefined where {@link keyLineProblem} finds a problem. */
export function parseKeyLine(line: string): StoredKey | undefined {
  const words = line.trim().split(/\s+/);
  const [first = '', second] = words;
  const stored = second === undefined ? { name: undefined, key: first } : { name: first, key: second };
  return words.length > 2 || storedKeyProblem(stored.key) !== undefined ? undefined : stored;
}

/** What is wrong with such a line, as a sentence that begins with "expected" and does not repeat it; undefined when nothing is. */
export function keyLineProblem(line: string): string | undefined {
  const words = line.trim().split(/\s+/);
  if (words.length > 2) return 'expected a key, or a name, a space and a key';
  return storedKeyProblem(words.at(-1) ?? '');
}

/** Finds who a key belongs to, in a time that says nothing of the keys, and no longer for many keys than for one. */
export class KeyRing {
  readonly #known = new Map<string, KnownKey>();

  constructor(keys: Iterable<StoredKey>) {
    for (const { name, key } of keys)
      this.#known.set(blinded((isKeyHash(key) ? key : hashKey(key)).toLowerCase()), { name });
  }

  get size(): number {
    return this.#known.size;
  }

  /** @param key - as it was shown; a hash that somebody has read is no key */
  find(key: string): KnownKey | undefined {
    return this.#known.get(blinded(hashKey(key)));
  }
}
