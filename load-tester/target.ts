import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { formatOf, type HttpUrl, type MediaFormat, parseMediaUrl } from '../src/media-url.ts';
import { parseRtmpUrl, type RtmpTarget } from '../src/protocol/rtmp/rtmp-url.ts';
import { LoadError } from './load-error.ts';

/** How long a server may take to be reached at one of its addresses before the next is tried, milliseconds. */
const REACH_MS = 5000;

/** A stream to be played: what its URL says, and, where it does not come over RTMP, as what. */
export type LoadTarget = RtmpTarget | (HttpUrl & { readonly format: MediaFormat });

/** Where a stream is to be published: over RTMP, or as encoders of Windows Media push. */
export type PublishTarget = RtmpTarget | (HttpUrl & { readonly protocol: 'http' });

/** The path of a stream that is pushed, without its end, and that end. @see MS-WMHTTP section 2.2.1.7 */
const STREAM_PATH = /^(\/streams\/[^/?]+?)(_push)?(\/?(?:\?.*)?)$/i;

/** Reads the URL of a stream to be played; undefined when it is none that can be tested. */
export function parseTarget(url: string): LoadTarget | undefined {
  const read = parseMediaUrl(url);
  if (read?.protocol === 'rtmp') return rtmpTarget(url);
  return read === undefined || read.path === '/' ? undefined : { ...read, format: formatOf(url) };
}

/** Reads the URL of a stream to be published, `rtmp:` or that of a push; undefined when it is none. */
export function parsePublishTarget(url: string): PublishTarget | undefined {
  const read = parseMediaUrl(url);
  if (read?.protocol === 'rtmp') return rtmpTarget(url);
  if (read?.protocol !== 'http' || STREAM_PATH.exec(read.path)?.[2] === undefined) return undefined;
  return { ...read, protocol: read.protocol };
}

/** Where a stream is published that is played from a URL, if that tells; undefined when it does not. */
export function publishTargetOf(url: string): PublishTarget | undefined {
  const target = parseTarget(url);
  if (target === undefined || target.protocol === 'rtmp') return target;
  const [, stream, push, rest] = STREAM_PATH.exec(target.path) ?? [];
  if (target.protocol !== 'mmsh' || stream === undefined || push !== undefined) return undefined;
  return { ...target, protocol: 'http', path: `${stream}_push${rest}` };
}

function rtmpTarget(url: string): RtmpTarget | undefined {
  const target = parseRtmpUrl(url);
  return target !== undefined && target.app !== '' && target.streamName !== '' ? target : undefined;
}

/**
 * The address that all players connect to, so that none of them asks for it again: of several, the first that answers.
 * @throws LoadError when the name has none
 */
export async function resolveAddress({ host, port }: Pick<LoadTarget, 'host' | 'port'>): Promise<string> {
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
