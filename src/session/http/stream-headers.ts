import type { StreamFormat } from '../stream-format.ts';
import type { HttpExchange } from './http-activity.ts';

/** Whether the answer can be in the chunked coding, which HTTP/1.0 does not have. */
export function isChunked({ request }: HttpExchange): boolean {
  return request.httpVersionMajor === 1 && request.httpVersionMinor >= 1;
}

/** The head of an answer that brings a stream. */
export function streamHeaders(exchange: HttpExchange, { contentType }: StreamFormat): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isChunked(exchange) ? { 'transfer-encoding': 'chunked' } : { connection: 'close' }),
  };
}
