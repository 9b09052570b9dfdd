import type { IncomingMessage } from 'node:http';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Credentials } from '../access.ts';
import type { Wish } from '../connection.ts';
import { decodePathHeader, PATH_HEADER } from './relay-path-header.ts';

/** What the head of a request says about who asks for a stream. */
export function wishOf(request: RequestHead, reading: StreamKeyReading): Wish {
  const { headers } = request;
  return {
    readings: [reading],
    ...showing(request),
    path: decodePathHeader(headers[PATH_HEADER]),
  };
}

/** What the head of any request shows of who asks. */
export function showing(request: RequestHead): Pick<Wish, 'credentials' | 'origin'> {
  const { headers } = request;
  return {
    credentials: decodeAuthorization(request),
    origin: headers.origin ?? originOf(headers.referer),
  };
}

/** What is said of a request before its body. */
type RequestHead = Pick<IncomingMessage, 'headers' | 'method' | 'url'>;

/** The credentials in an Authorization header; none where it is missing or of another scheme. @see RFC 7617, RFC 6750, RFC 7616 */
export function decodeAuthorization({ headers, method = '', url = '' }: RequestHead): Credentials {
  const [, scheme = '', text = ''] = headers.authorization?.match(/^(\w+) +(.+)$/) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return token68.test(text) ? { token: text.trimEnd() } : {};
    case 'basic': {
      const [user = '', ...rest] = token68.test(text)
        ? Buffer.from(text, 'base64').toString('utf8').split(':')
        : [];
      return rest.length === 0 ? {} : { user, password: rest.join(':') };
    }
    case 'digest':
      return { digest: { value: text, method, target: url } };
    default:
      return {};
  }
}

/** @see RFC 9110 section 11.2 */
const token68 = /^[\w.~+/=-]+ *$/;

/** The origin of the page that a Referer names. */
function originOf(referer: string | undefined): string | undefined {
  return referer === undefined ? undefined : URL.parse(referer)?.origin;
}
