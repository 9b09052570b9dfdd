import { hash } from 'node:crypto';

/** So many characters tell enough links apart, and people can type them. */
const LENGTH = 10;

/**
 * The id of an upstream or forward: the same for the same words in every worker and at every start.
 * @param kind - its first character
 * @param words - what it is about; nothing that is secret
 */
export function linkId(kind: 'f' | 'u', ...words: readonly string[]): string {
  return kind + hash('sha256', words.join('\0')).slice(0, LENGTH);
}
