import { nodeHttp } from '../../built-in.ts';
import { type Challenge, isChallenge, type Refusal, type RefusalReason } from '../access.ts';

/** A client that was refused for lack of room may come back after so long, seconds. */
const RETRY_AFTER_SECONDS = 5;

/** A close code of a WebSocket is at most this long with its reason, bytes. @see RFC 6455 section 5.5 */
const MAX_REASON_BYTES = 123;

const statuses: Readonly<Record<RefusalReason, number>> = {
  access: 403,
  'address-limit': 429,
  banned: 403,
  blocked: 429,
  'capacity-limit': 503,
  conflict: 409,
  credentials: 403,
  draining: 503,
  expired: 403,
  format: 406,
  hook: 403,
  'hook-unavailable': 503,
  key: 400,
  loop: 508,
  'no-source': 404,
  'not-found': 404,
  'password-limit': 503,
  'pending-limit': 503,
  'play-limit': 429,
  'publication-limit': 429,
  'publisher-limit': 403,
  'pull-limit': 503,
  redirected: 302,
  'session-limit': 503,
  'share-limit': 429,
  unavailable: 503,
  'waiting-limit': 429,
};

/** Fields of a head by name: a line each, or several of one name. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

/** The status that says a refusal, or a question for credentials, in HTTP. */
export function statusOf(denial: Refusal | Challenge, does: 'play' | 'publish'): number {
  if (isChallenge(denial) || denial.challenges !== undefined) return 401;
  const isElsewhere = denial.redirect !== undefined || denial.refused === 'redirected';
  if (isElsewhere) return does === 'play' ? 302 : 307; // with 302 some send what was PUT by GET
  return does === 'publish' && denial.refused === 'no-source' ? 403 : statuses[denial.refused];
}

/** The headers that belong to {@link statusOf}. */
export function denialHeaders(denial: Refusal | Challenge): HeaderFields {
  if (denial.challenges !== undefined) return { 'www-authenticate': denial.challenges };
  return isChallenge(denial) || denial.redirect === undefined ? {} : { location: denial.redirect };
}

/** A sentence as the body of an answer, be it empty. */
export function sentenceOf(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

/** The headers of an answer that is a sentence for people, or empty. */
export function sentenceHeaders(status: number, text: string): Record<string, string> {
  const length = { 'content-length': String(Buffer.byteLength(text)) };
  return {
    ...(text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
    ...(status === 204 ? {} : length), // RFC 9110 section 8.6
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 503 || status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
  };
}

/** A whole answer as bytes, after which the connection closes. @param headers - names and values that hold no line ends */
export function lastAnswer(status: number, headers: HeaderFields, text: string, hasBody: boolean): Buffer {
  const fields: HeaderFields = { date: new Date().toUTCString(), connection: 'close', ...headers };
  const lines = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  );
  const head = `HTTP/1.1 ${status} ${nodeHttp.STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  return Buffer.from(hasBody ? head + text : head);
}

/** The close code of a WebSocket that means what a status of HTTP means, such as 4404: browsers do not tell statuses. */
export function closeCodeOf(status: number): number {
  return 4000 + status;
}

/** As much of a sentence as a close frame can hold. */
export function closeReason(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  let end = MAX_REASON_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--; // not in the middle of a character
  return bytes.toString('utf8', 0, end);
}
