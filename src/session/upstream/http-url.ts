import { basicAuthorization } from './basic-authorization.ts';

/** What a client needs to know of a URL of HTTP or WebSocket. */
export interface HttpUrl {
  readonly scheme: 'http' | 'https' | 'ws' | 'wss';
  /** Host name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Host and port as the Host header has them. */
  readonly authority: string;
  /** Path and query, in characters that a request may have. */
  readonly path: string;
  /** Value of an Authorization header, where the URL has a user. */
  readonly authorization: string | undefined;
}

/** A segment that a server would take for this folder or the one above it, encoded or not. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** Whether the URL is one of HTTP or WebSocket, by its scheme. */
export function isHttpUrl(url: string): boolean {
  return /^(?:https?|wss?):/i.test(url);
}

/** Reads a URL of HTTP or WebSocket. @returns undefined when it is none, or its path would lead out of where it seems to be */
export function parseHttpUrl(url: string): HttpUrl | undefined {
  const [place, path] = /^(?:https?|wss?):\/\/[^/?#]+([^?#]*)/i.exec(url) ?? [];
  const parsed = URL.parse(url);
  if (place === undefined || path === undefined || parsed === null) return undefined;
  if (place.includes('\\')) return undefined; // a slash to some, a character to others
  if (path.split('/').some((segment) => DOT_SEGMENT.test(segment))) return undefined;
  const scheme = parsed.protocol.slice(0, -1) as HttpUrl['scheme'];
  const isTls = scheme === 'https' || scheme === 'wss';
  return {
    scheme,
    host: parsed.hostname.replace(/^\[|\]$/g, '').toLowerCase(),
    port: parsed.port === '' ? (isTls ? 443 : 80) : Number(parsed.port),
    isTls,
    authority: parsed.host,
    path: parsed.pathname + parsed.search,
    authorization: basicAuthorization(parsed.username, parsed.password),
  };
}
