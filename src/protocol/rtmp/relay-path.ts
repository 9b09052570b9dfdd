import { type AmfValue, EcmaArray } from '../amf/amf-value.ts';

/** Name of the property and of the data message that carry a path. */
export const PATH_NAME = 'streampumpPath';

/** Name of the property of connect by which a relay says which stream it comes for: `app/name`, without a query. */
export const KEY_NAME = 'streampumpKey';

/** More relays in a row than any chain has: what is longer is a loop. */
export const MAX_PATH = 16;

/** Ids waiting for a stream may be many in a tree; beyond this the path down the tree catches the loop. */
const MAX_IDS = 64;

/** A path as AMF carries it: a strict array of ids. */
export function encodePath(path: readonly string[]): AmfValue[] {
  return path.slice(0, MAX_IDS);
}

/** The ids in a value that a peer sent; undefined when it is no path. What cannot be an id is left out. */
export function decodePath(value: AmfValue): readonly string[] | undefined {
  const ids = value instanceof EcmaArray ? Object.values(value.properties) : value;
  if (!Array.isArray(ids)) return undefined;
  return ids
    .slice(0, MAX_IDS)
    .filter((id): id is string => typeof id === 'string' && /^[\w-]{1,64}$/.test(id));
}
