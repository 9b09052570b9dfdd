import type { HttpUrl } from '../../media-url.ts';
import { encodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { basicAuthorization } from './basic-authorization.ts';

/** The head of an answer is at most this long, bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

/** What is asked of a server over HTTP or WebSocket. */
export interface FlvPullWish {
  readonly url: HttpUrl;
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  readonly maxTagBytes: number;
}

/** The URL that is asked for, without credentials. */
export function addressOf({ scheme, authority, path }: HttpUrl): string {
  return `${scheme}://${authority}${path}`;
}

/** The headers of every request for a stream. */
export function requestHeaders({ url, waiting }: FlvPullWish): Record<string, string> {
  const authorization = basicAuthorization(url);
  return {
    host: url.authority,
    'user-agent': 'streampump',
    accept: '*/*',
    [PATH_HEADER]: encodePathHeader(waiting),
    ...(authorization === undefined ? {} : { authorization }),
  };
}
