import type { Client } from 'undici';
import type { HttpUrl } from '../../media-url.ts';
import { version } from '../../version.ts';
import { basicAuthorization } from './basic-authorization.ts';
import type { Connect } from './server-connector.ts';

/** The head of an answer has at most so many bytes. */
const MAX_HEAD_BYTES = 16 * 2 ** 10;

/**
 * How undici reaches the server of a URL: over the relay's own connections, with a bounded head and HTTP/1.1. Its time limits are off:
 * whoever sends a request limits the time of all of it.
 */
export function clientOptions({ host, port, isTls }: HttpUrl, connect: Connect): Client.Options {
  return {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
    connect: (_to, onDone) => {
      connect({ host, port, isTls }, (connected) =>
        connected instanceof Error ? onDone(connected, null) : onDone(null, connected),
      );
    },
  };
}

/** Where undici's requests to the server of a URL go. */
export function originOf({ scheme, authority }: HttpUrl): string {
  return `${scheme}://${authority}`;
}

/** What every request to a URL says of the relay. */
export function ownHeaders(url: HttpUrl): Readonly<Record<string, string>> {
  const authorization = basicAuthorization(url);
  return {
    'user-agent': `streampump/${version}`,
    ...(authorization === undefined ? {} : { authorization }),
  };
}
