import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { type HttpUrl, parseMediaUrl } from '../src/media-url.ts';
import { parseRtmpUrl, type RtmpTarget } from '../src/protocol/rtmp/rtmp-url.ts';
import { LoadError } from './load-error.ts';

/** How long a server may take to be reached at one of its addresses before the next is tried, milliseconds. */
const REACH_MS = 5000;

/** A stream to be played: what its URL says. */
export type LoadTarget = RtmpTarget | Exclude<HttpUrl, { readonly protocol: 'mmsh' }>;

/** Reads the URL of a stream to be played; undefined when it is none that can be tested. */
export function parseTarget(url: string): LoadTarget | undefined {
  const read = parseMediaUrl(url);
  if (read?.protocol === 'rtmp') return parsePublishTarget(url);
  return read?.path === '/' || read?.protocol === 'mmsh' ? undefined : read;
}

/** Reads the URL of a stream to be published; undefined when it is none. */
export function parsePublishTarget(url: string): RtmpTarget | undefined {
  const target = parseRtmpUrl(url);
  return target !== undefined && target.app !== '' && target.streamName !== '' ? target : undefined;
}

/**
 * The address that all players connect to, so that none of them asks for it again: of several, the first that answers.
 * @throws LoadError when the name has none
 */
export async function resolveAddress({ host, port }: LoadTarget): Promise<string> {
  const found = await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new LoadError(`cannot find the address of ${host} (${error.code ?? error.message})`);
  });
  const [first, ...others] = found.map(({ address }) => address);
  if (first === undefined) throw new LoadError(`cannot find the address of ${host}`);
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
