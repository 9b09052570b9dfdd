import { parseMediaUrl, readMediaUrl, schemeOf } from '../../../media-url.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import { parseRtmpUrl, type RtmpTarget, rtmpTarget } from '../../../protocol/rtmp/rtmp-url.ts';
import { HttpFlvPull } from '../../../session/upstream/http-flv-pull.ts';
import { RtmpPull } from '../../../session/upstream/rtmp-pull.ts';
import type { ServerConnector } from '../../../session/upstream/server-connector.ts';
import type { Upstream, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import { WsFlvPull } from '../../../session/upstream/ws-flv-pull.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayUrl } from '../../../url-secrets.ts';

/** What is asked of an upstream. */
export interface UpstreamWish {
  /** Without placeholders. */
  readonly url: string;
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  readonly limits: ChunkReaderLimits;
  readonly connector: ServerConnector;
}

/** Opens the upstream that a URL stands for: here every protocol joins. @throws TypeError when the URL is none of them */
export function openUpstream(wish: UpstreamWish, events: UpstreamEvents): Upstream {
  const { waiting, limits, connector } = wish;
  const { clock, connect } = connector;
  const url = readMediaUrl(wish.url);
  if (url === 'path') return nowhere(clock, events);
  if (typeof url === 'string') throw new TypeError(`no URL of an upstream: ${displayUrl(wish.url)}`);
  if (url.protocol === 'rtmp')
    return new RtmpPull(rtmpTarget(url), waiting, { limits, clock, connect }, events);
  const flvWish = { url, waiting, maxTagBytes: limits.messageBytes };
  return url.protocol === 'http'
    ? new HttpFlvPull(flvWish, connector, events)
    : new WsFlvPull({ ...flvWish, maxMessageBytes: limits.partialBytes }, connector, events);
}

/** A stream key with a segment that has another meaning in a path: no server has a stream there. */
function nowhere(clock: Clock, events: UpstreamEvents): Upstream {
  let isOver = false;
  const description = 'the stream key has a segment that cannot stand in a URL';
  clock.next(() => {
    if (!isOver) events.onEnd({ kind: 'not-found', description });
  });
  return {
    signsOfLife: 0,
    ping: () => {},
    close: () => {
      isOver = true;
    },
  };
}

/** Where a server leads whoever played `from`, be `to` absolute or relative; undefined when that is another protocol. */
export function redirectedUrl(from: string, to: string): string | undefined {
  const source = parseRtmpUrl(from);
  if (source !== undefined) return redirectedRtmpUrl(source, to);
  const protocol = schemeOf(from)?.protocol;
  const absolute = URL.parse(to, from)?.href ?? '';
  // WebSockets are redirected to URLs of HTTP by servers and proxies that know no others
  const url = protocol === 'ws' ? absolute.replace(/^http/, 'ws') : absolute;
  return protocol !== 'rtmp' && parseMediaUrl(url)?.protocol === protocol ? url : undefined;
}

/** Servers name the application only, or the stream as well. */
function redirectedRtmpUrl(source: RtmpTarget, to: string): string | undefined {
  const absolute = /^\w+:\/\//.test(to) ? to : URL.parse(to, `${source.tcUrl}/`)?.href;
  const target = parseRtmpUrl(absolute ?? '');
  if (target === undefined) return undefined;
  const app = target.app === '' ? source.app : target.app;
  const [name, query] = splitQuery(target.streamName);
  const [sourceName, sourceQuery] = splitQuery(source.streamName);
  const stream = name === '' ? sourceName + (query === '' ? sourceQuery : query) : target.streamName;
  return `${target.tcUrl.slice(0, target.tcUrl.lastIndexOf('/'))}/${app}/${stream}`;
}

/** The hosts that may be connected to for one pull, whatever its servers say. */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;

  /** @param names - beyond those of the URLs */
  constructor(urls: readonly string[], names: readonly string[]) {
    const hosts = urls.flatMap((url) => parseMediaUrl(url)?.host ?? []);
    this.#names = new Set([...hosts, ...names.map((name) => name.toLowerCase())]);
  }

  /** As {@link redirectedUrl}; undefined as well where that leads to another host. */
  lead(from: string, to: string): string | undefined {
    const url = redirectedUrl(from, to);
    const host = parseMediaUrl(url ?? '')?.host;
    return host !== undefined && this.#names.has(host) ? url : undefined;
  }
}

/** A stream name and its query, which begins with the question mark. */
function splitQuery(streamName: string): readonly [string, string] {
  const [name = ''] = streamName.split('?', 1);
  return [name, streamName.slice(name.length)];
}
