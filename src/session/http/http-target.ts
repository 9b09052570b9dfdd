import { ProtocolError } from '../../errors.ts';
import { parseStreamPath, reservedSegments, type StreamKeyReading } from '../../stream/stream-key.ts';
import type { Refusal } from '../access.ts';
import type { StreamFormat, StreamFormats } from '../stream-format.ts';

/** What browsers and crawlers ask for by themselves, such as `robots.txt` and `.well-known/x`, is nobody's idea of a stream. */
const fileName = /(?:^|\/)\.|\.[^/]*$/;

/** A stream, and how it is to be brought. */
export interface StreamTarget {
  readonly format: StreamFormat;
  readonly reading: StreamKeyReading;
}

/** What a request is about. */
export type HttpTarget =
  | ({ readonly is: 'stream' } & StreamTarget)
  /** The path has the form of a stream's and a name that no stream has. */
  | { readonly is: 'no-stream'; readonly refusal: Refusal }
  /** The server as a whole, `OPTIONS *`. */
  | { readonly is: 'server' }
  /** Everything else: for the page handler. The refusal is for whoever takes the path for a stream's that has the form of one. */
  | { readonly is: 'page'; readonly refusal?: Refusal };

/** Reads a request target: the path of a format is a stream, unless its first segment is reserved. @see RFC 9112 section 3.2 */
export function readTarget(requestTarget: string, formats: StreamFormats): HttpTarget {
  if (requestTarget === '*') return { is: 'server' };
  const target = originForm(requestTarget);
  const path = pathOf(target);
  const found = formats.find(path);
  if (found === undefined) return { is: 'page' };
  const { format, name } = found;
  try {
    return { is: 'stream', format, reading: parseStreamPath(name + target.slice(path.length), true) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const refusal = { refused: 'key', description: error.message } as const;
    return { is: isReserved(path) ? 'page' : 'no-stream', refusal };
  }
}

/** Says where the stream would be whose key somebody may have taken for a path; undefined where it can hardly be one. */
export function whereabouts(requestTarget: string, formats: StreamFormats): string | undefined {
  try {
    const { key } = parseStreamPath(pathOf(requestTarget));
    if (fileName.test(key)) return undefined;
    const paths = formats.pathsOf(key).join(' and ');
    const page = `/watch/${key.split('/').map(encodeURIComponent).join('/')}`;
    return `the stream ${key} would be at ${page} for browsers, at ${paths} for players, and at rtmp://HOST/${key} over RTMP`;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

/** The path of a request target, as it was sent. */
export function pathOf(requestTarget: string): string {
  return originForm(requestTarget).split('?', 1)[0] ?? '';
}

function isReserved(path: string): boolean {
  const [first = ''] = path.split('/').filter((segment) => segment !== '');
  return reservedSegments.has(first);
}

/** The absolute form is for proxies, and every server must understand it. */
function originForm(requestTarget: string): string {
  return requestTarget.replace(/^https?:\/\/[^/?]*/i, '');
}
