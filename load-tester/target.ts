import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { displayUrl, parseRtmpUrl, type RtmpTarget } from '../src/protocol/rtmp/rtmp-url.ts';
import { LoadError } from './load-error.ts';

/** How long a server may take to be reached at one of its addresses before the next is tried, milliseconds. */
const REACH_MS = 5000;

/** Default ports by what URLs of HTTP and WebSocket begin with. */
const DEFAULT_PORTS = { http: 80, https: 443, ws: 80, wss: 443 } as const;
type HttpScheme = keyof typeof DEFAULT_PORTS;

/** Where FLV is played over HTTP or WebSocket. */
export interface HttpTarget {
  readonly scheme: HttpScheme;
  readonly host: string;
  readonly port: number;
  /** With the query, as it stands in the request. */
  readonly path: string;
  /** Host and port as they stand in the request. */
  readonly authority: string;
}

/** A stream to be played: what its URL says. */
export type LoadTarget = RtmpTarget | HttpTarget;

/** Reads the URL of a stream to be played; undefined when it is none that can be tested. */
export function parseTarget(url: string): LoadTarget | undefined {
  return /^(?:https?|wss?):/i.test(url) ? parseHttpTarget(url) : parsePublishTarget(url);
}

/** Reads the URL of a stream to be published; undefined when it is none. */
export function parsePublishTarget(url: string): RtmpTarget | undefined {
  const target = parseRtmpUrl(url);
  return target !== undefined && target.app !== '' && target.streamName !== '' && target.port > 0
    ? target
    : undefined;
}

function parseHttpTarget(url: string): HttpTarget | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '' || parsed.port === '0' || parsed.pathname === '/')
    return undefined;
  const scheme = parsed.protocol.slice(0, -1) as HttpScheme;
  return {
    scheme,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORTS[scheme] : Number(parsed.port),
    path: parsed.pathname + parsed.search,
    authority: parsed.host,
  };
}

/** A URL as it may be shown: without user, password and query. */
export function shownUrl(url: string): string {
  return displayUrl(url);
}

/** Whether a target is reached over TLS. */
export function isSecure({ scheme }: LoadTarget): boolean {
  return scheme === 'rtmps' || scheme === 'https' || scheme === 'wss';
}

/**
 * The address that all players connect to, so that none of them asks for it again: of several, the first that answers.
 * @throws LoadError when the name has none
 */
export async function resolveAddress({ host, port }: LoadTarget): Promise<string> {
  const found = await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new LoadError(`no address of ${host} is known (${error.code ?? error.message})`);
  });
  const [first, ...others] = found.map(({ address }) => address);
  if (first === undefined) throw new LoadError(`no address of ${host} is known`);
  if (others.length === 0) return first;
  for (const address of [first, ...others]) if (await answers(address, port)) return address;
  return first;
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: REACH_MS });
    const settle = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
