import { KeyError, type VerifyingKey, webKey } from './verifying-key.ts';

/** A key set has at most so many bytes. */
export const maxKeySetBytes: number = 512 * 1024;

const MAX_KEYS = 100;

/**
 * The keys of a JSON Web Key Set that are of use, at least one; others are left out, as RFC 7517 wants it.
 * @throws KeyError with what is wrong with the set
 * @see RFC 7517 section 5
 */
export function readKeySet(text: string): readonly VerifyingKey[] {
  const keys = membersOf(text);
  if (keys.length > MAX_KEYS) throw new KeyError(`it holds ${keys.length} keys, limit ${MAX_KEYS}`);
  const problems: string[] = [];
  const found = keys.flatMap((key) => {
    try {
      if (typeof key !== 'object' || key === null) throw new KeyError('it is no object');
      return [webKey(key)];
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
  if (found.length > 0) return found;
  const why = problems[0] === undefined ? '' : `: of the first, ${problems[0]}`;
  throw new KeyError(`it holds no key that can be used${why}`);
}

function membersOf(text: string): readonly unknown[] {
  if (text.length > maxKeySetBytes)
    throw new KeyError(`it has ${text.length} characters, limit ${maxKeySetBytes}`);
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new KeyError('it is no JSON');
  }
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys))
    throw new KeyError('it is no JSON Web Key Set: it has no list of keys');
  return set.keys;
}
