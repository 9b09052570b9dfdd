import { decodePath, encodePath } from '../../protocol/rtmp/relay-path.ts';

/** The header in which relays tell each other, over HTTP, who waits for a stream and who brings it: ids and commas. */
export const PATH_HEADER = 'streampump-path';

/** A path as the header carries it. */
export function encodePathHeader(path: readonly string[]): string {
  return encodePath(path).join(', ');
}

/** The ids in a header that a peer sent; none where it sent none. */
export function decodePathHeader(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  const ids = String(value)
    .split(',')
    .map((id) => id.trim());
  return decodePath(ids) ?? [];
}
