import { isDeepStrictEqual } from 'node:util';
import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { isRelayKey, isRelayKeyHash, saltedRelayKey } from '../../../credentials/relay-key.ts';

/** The roster that houses without a file of their own go by. */
export interface SharedRoster {
  /** As a house with a file has put it there last; undefined where none has. */
  readonly entries: readonly RosterEntry[] | undefined;
  /** Puts it there for the others, as soon as that can be; keys go out as hashes. */
  put(entries: readonly RosterEntry[]): void;
  /** Another one is there. @returns ends it */
  onChange(tell: (entries: readonly RosterEntry[]) => void): () => void;
}

/** The same roster with hashes in place of keys; those of `former` where they are of the same keys. */
export function withHashedKeys(
  entries: readonly RosterEntry[],
  former: readonly RosterEntry[] = [],
): readonly RosterEntry[] {
  const formerKeys = new Map(former.map(({ id, key }) => [id, key]));
  return entries.map((entry) => {
    const { id, key } = entry;
    if (key === null || isRelayKeyHash(key)) return entry;
    const known = formerKeys.get(id) ?? null;
    return { ...entry, key: known !== null && isRelayKey(known, key) ? known : saltedRelayKey(key) };
  });
}

/** Whether a roster says what the shared one does, whose keys are hashes. */
export function isSameRoster(entries: readonly RosterEntry[], shared: readonly RosterEntry[]): boolean {
  return isDeepStrictEqual(withHashedKeys(entries, shared), shared);
}
