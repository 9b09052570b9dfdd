import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageAsset } from './page-assets.ts';

/** What somebody is given who asks for a page, or for what belongs to it. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

const safety = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** Headers of what is made anew for everybody who asks. */
export function freshHeaders(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'cache-control': 'no-store', ...safety };
}

/** Gives a file, or says that the browser has it. */
export function fileAnswer({ headers }: IncomingMessage, asset: PageAsset): PageAnswer {
  const isPacked = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    String(headers['accept-encoding'] ?? ''),
  );
  const { bytes, etag } = isPacked ? asset.gzip : asset.plain;
  const common = { etag, 'cache-control': asset.cacheControl, vary: 'accept-encoding', ...safety };
  if (isSame(headers['if-none-match'], etag)) return { status: 304, headers: common, body: '' };
  const coding = isPacked ? { 'content-encoding': 'gzip' } : {};
  return { status: 200, headers: { 'content-type': asset.contentType, ...coding, ...common }, body: bytes };
}

/** @see RFC 9110 section 13.1.2 */
function isSame(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** Gives one sentence as plain text. */
export function sentenceAnswer(
  status: number,
  text: string,
  more: Readonly<Record<string, string>>,
): PageAnswer {
  return { status, headers: { ...freshHeaders('text/plain; charset=utf-8'), ...more }, body: `${text}\n` };
}

/** Says that a page is only looked at; a body that came along is left unread. */
export function onlyLooking({ headers }: IncomingMessage): PageAnswer {
  const isUnread = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
  const only = { allow: 'GET, HEAD', ...(isUnread ? { connection: 'close' } : {}) };
  return sentenceAnswer(405, 'only GET and HEAD are supported here', only);
}

/** Sends it; to HEAD without the body. */
export function sendAnswer({ method }: IncomingMessage, response: ServerResponse, answer: PageAnswer): void {
  const { status, headers, body } = answer;
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(method === 'HEAD' ? undefined : body);
}
