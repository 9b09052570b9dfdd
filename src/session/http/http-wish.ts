import type { IncomingHttpHeaders } from 'node:http';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Credentials } from '../access.ts';
import type { Wish } from '../connection.ts';
import { decodePathHeader, PATH_HEADER } from './relay-path-header.ts';

/** What the head of a request says about who asks for a stream. */
export function wishOf(headers: IncomingHttpHeaders, reading: StreamKeyReading): Wish {
  return {
    readings: [reading],
    credentials: decodeAuthorization(headers.authorization),
    origin: headers.origin ?? originOf(headers.referer),
    path: decodePathHeader(headers[PATH_HEADER]),
  };
}

/** The credentials in an Authorization header; none where it is missing or of another scheme. @see RFC 7617, RFC 6750 */
export function decodeAuthorization(value: string | undefined): Credentials {
  const [, scheme = '', text = ''] = value?.match(/^(\w+) +([\w.~+/=-]+) *$/) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return { token: text };
    case 'basic': {
      const [user = '', ...rest] = Buffer.from(text, 'base64').toString('utf8').split(':');
      return rest.length === 0 ? {} : { user, password: rest.join(':') };
    }
    default:
      return {};
  }
}

/** The origin of the page that a Referer names. */
function originOf(referer: string | undefined): string | undefined {
  return referer === undefined ? undefined : URL.parse(referer)?.origin;
}
