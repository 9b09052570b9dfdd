import { type Description, parseDescription } from '../store/description.ts';
import { type ObjectStorage, ObjectStorageError } from './object-storage.ts';

/** So many objects are looked at, those of recordings and their descriptions. */
const MAX_OBJECTS = 1_000_000;

const MAX_DESCRIPTION_BYTES = 2 ** 20;

/** Descriptions that are read at a time. */
const AT_ONCE = 4;

/** Where descriptions of recordings are looked for. */
export interface DescriptionSearch {
  /** What the keys of all objects begin with. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  /** Whether the description of that object need not be read. */
  isKnown(objectKey: string): boolean;
  /** Told of each that was read. */
  onFound(objectKey: string, description: Description): Promise<void>;
  /** Told of what is none. */
  onFault(objectKey: string, fault: Error): void;
}

/**
 * Reads all descriptions of recordings that are in a storage and not known here.
 * @throws ObjectStorageError: another time the rest may be found
 */
export async function findDescriptions(storage: ObjectStorage, search: DescriptionSearch): Promise<void> {
  const { prefix, signal } = search;
  let seen = 0;
  let after: string | undefined;
  do {
    const { keys, next } = await storage.list(prefix, after, signal);
    seen += keys.length;
    const wanted = keys.filter((key) => key.endsWith('.json') && !search.isKnown(key));
    for (let at = 0; at < wanted.length; at += AT_ONCE)
      await Promise.all(wanted.slice(at, at + AT_ONCE).map((key) => read(storage, key, search)));
    after = next ?? undefined;
  } while (after !== undefined && seen < MAX_OBJECTS);
}

async function read(
  storage: ObjectStorage,
  objectKey: string,
  { signal, onFound, onFault }: DescriptionSearch,
): Promise<void> {
  let text: Buffer;
  try {
    text = await storage.readWhole(objectKey, MAX_DESCRIPTION_BYTES, signal);
  } catch (error) {
    if (!(error instanceof ObjectStorageError) || error.fault !== 'answer') throw error;
    onFault(objectKey, error); // too long, such as what somebody else has put there
    return;
  }
  const description = parseDescription(text.toString());
  if (description === undefined) onFault(objectKey, new Error('it is no description of a recording'));
  else await onFound(objectKey, description);
}
