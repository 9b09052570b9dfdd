import type { IncomingMessage } from 'node:http';
import type { WireForm } from '../../stream/fan-out/wire-form.ts';
import type { StreamFormat } from '../stream-format.ts';
import type { HttpExchange, HttpSite } from './http-activity.ts';
import type { HeaderFields } from './http-status.ts';

/** How the answer to a GET brings a stream: everything in which formats and kinds of players differ. */
export interface StreamAnswer {
  readonly form: WireForm;
  /** Whether the body is in the chunked coding; if not, it ends with the connection. */
  readonly isChunked: boolean;
  /** What the head says besides. */
  readonly headers: HeaderFields;
  /** What is answered where the stream does not come. */
  readonly absentStatus: number;
  /** Tells a relay in the middle of the media which relays bring it. */
  pathNotice(form: WireForm, path: readonly string[]): Buffer;
  /** What stands behind the media where a stream is over; left out where the end of the body says so. */
  ending?(form: WireForm): Buffer;
}

/** How a format is brought to whoever only knows HTTP. */
export function streamAnswer(format: StreamFormat, request: IncomingMessage): StreamAnswer {
  const isChunked = knowsChunks(request);
  return {
    form: format.forms[isChunked ? 'chunked' : 'raw'],
    isChunked,
    headers: {
      'content-type': format.contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    absentStatus: format.absentStatus ?? 404,
    pathNotice: format.pathNotice,
  };
}

/** Whether an answer may be in the chunked coding, which HTTP/1.0 does not have. */
export function knowsChunks({ httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMajor === 1 && httpVersionMinor >= 1;
}

/** Writes the head of an answer that brings a stream. */
export function writeHead(
  { request, response }: HttpExchange,
  { isChunked, headers }: StreamAnswer,
  { origins }: Pick<HttpSite, 'origins'>,
  more: Record<string, string> = {},
): void {
  response.useChunkedEncodingByDefault = isChunked; // "TE: chunked" would turn it on for HTTP/1.0
  response.writeHead(200, {
    ...headers,
    ...(isChunked ? { 'transfer-encoding': 'chunked' } : { connection: 'close' }),
    ...origins.headers(request.headers.origin),
    ...more,
  });
}
