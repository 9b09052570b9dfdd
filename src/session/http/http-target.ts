import { ProtocolError } from '../../errors.ts';
import { parseStreamPath, type StreamKeyReading } from '../../stream/stream-key.ts';
import type { Refusal } from '../stream-gate.ts';

/** First segments of paths that are never streams. */
const reserved: ReadonlySet<string> = new Set(['watch', 'api', 'metrics']);

/** What a request is about. */
export type HttpTarget =
  | { readonly is: 'stream'; readonly reading: StreamKeyReading }
  /** The path has the form of a stream's and a name that no stream has. */
  | { readonly is: 'no-stream'; readonly refusal: Refusal }
  /** The server as a whole, `OPTIONS *`. */
  | { readonly is: 'server' }
  /** Everything else: for the page handler. */
  | { readonly is: 'page' };

/** Reads a request target: a path that ends with `.flv` is a stream, unless its first segment is reserved. @see RFC 9112 section 3.2 */
export function readTarget(requestTarget: string): HttpTarget {
  if (requestTarget === '*') return { is: 'server' };
  const target = originForm(requestTarget);
  const path = pathOf(target);
  const [first = ''] = path.split('/').filter((segment) => segment !== '');
  if (!path.endsWith('.flv') || reserved.has(first)) return { is: 'page' };
  try {
    return { is: 'stream', reading: parseStreamPath(target) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { is: 'no-stream', refusal: { refused: 'key', description: error.message } };
  }
}

/** The path of a request target, as it was sent. */
export function pathOf(requestTarget: string): string {
  return originForm(requestTarget).split('?', 1)[0] ?? '';
}

/** The absolute form is for proxies, and every server must understand it. */
function originForm(requestTarget: string): string {
  return requestTarget.replace(/^https?:\/\/[^/?]*/i, '');
}
