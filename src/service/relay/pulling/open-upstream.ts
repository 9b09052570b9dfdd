import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import { displayUrl, parseRtmpUrl } from '../../../protocol/rtmp/rtmp-url.ts';
import { HttpFlvPull } from '../../../session/upstream/http-flv-pull.ts';
import { isHttpUrl, parseHttpUrl } from '../../../session/upstream/http-url.ts';
import { RtmpPull } from '../../../session/upstream/rtmp-pull.ts';
import type { ServerConnector } from '../../../session/upstream/server-connector.ts';
import type { Upstream, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import { WsFlvPull } from '../../../session/upstream/ws-flv-pull.ts';

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
  if (isHttpUrl(wish.url)) {
    const url = parseHttpUrl(wish.url);
    if (url === undefined) return nowhere(events);
    const flvWish = { url, waiting, maxTagBytes: limits.messageBytes };
    return url.scheme === 'http' || url.scheme === 'https'
      ? new HttpFlvPull(flvWish, connector, events)
      : new WsFlvPull({ ...flvWish, maxMessageBytes: limits.partialBytes }, connector, events);
  }
  const target = parseRtmpUrl(wish.url);
  if (target === undefined) throw new TypeError(`no URL of an upstream: ${displayUrl(wish.url)}`);
  return new RtmpPull(target, waiting, limits, events, connector.connect);
}

/** A stream key with a segment that has another meaning in a path: no server has a stream there. */
function nowhere(events: UpstreamEvents): Upstream {
  let isOver = false;
  const description = 'the stream key has a segment that cannot stand in a URL';
  queueMicrotask(() => {
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

/**
 * The URL of a stream with its key in place of the placeholders. Keys come from players: in a URL of HTTP or WebSocket
 * whatever could be more than a name is percent-encoded; RTMP has no such encoding, and nothing but names behind the host.
 */
export function expandUrl(template: string, key: string): string {
  const slash = key.indexOf('/');
  const values: Record<string, string> = {
    key,
    app: slash < 0 ? key : key.slice(0, slash),
    name: slash < 0 ? '' : key.slice(slash + 1),
  };
  const encode = isHttpUrl(template) ? encodeSegments : (text: string) => text;
  return template.replace(/\{(key|app|name)\}/g, (_placeholder, name: string) => encode(values[name] ?? ''));
}

function encodeSegments(text: string): string {
  return text.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

/** The host of a URL, in lower case; undefined when it has none. */
export function hostOf(url: string): string | undefined {
  return isHttpUrl(url) ? parseHttpUrl(url)?.host : parseRtmpUrl(url)?.host.toLowerCase();
}

/**
 * Where a redirect or a ReconnectRequest leads; never to another protocol.
 * @param from - the URL that was being played
 * @param to - absolute, or relative to it
 * @returns undefined when that is no URL of the same protocol
 */
export function redirectedUrl(from: string, to: string): string | undefined {
  return isHttpUrl(from) ? redirectedHttpUrl(from, to) : redirectedRtmpUrl(from, to);
}

/** WebSockets are redirected to URLs of HTTP by servers and proxies that know no others. */
function redirectedHttpUrl(from: string, to: string): string | undefined {
  const absolute = URL.parse(to, from)?.href ?? '';
  const url = /^wss?:/i.test(from) ? absolute.replace(/^http/, 'ws') : absolute;
  const isSameKind = (/^wss?:/i.test(from) ? /^wss?:/ : /^https?:/).test(url);
  return isSameKind && parseHttpUrl(url) !== undefined ? url : undefined;
}

/** Servers name the application only, or the stream as well. */
function redirectedRtmpUrl(from: string, to: string): string | undefined {
  const source = parseRtmpUrl(from);
  if (source === undefined) return undefined;
  const absolute = /^\w+:\/\//.test(to) ? to : URL.parse(to, `${source.tcUrl}/`)?.href;
  const target = absolute === undefined ? undefined : parseRtmpUrl(absolute);
  if (absolute === undefined || target === undefined) return undefined;
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
    const hosts = [...urls.map(hostOf), ...names.map((name) => name.toLowerCase())];
    this.#names = new Set(hosts.filter((name) => name !== undefined));
  }

  /** As {@link redirectedUrl}; undefined as well where that leads to another host. */
  lead(from: string, to: string): string | undefined {
    const url = redirectedUrl(from, to);
    const host = url === undefined ? undefined : hostOf(url);
    return host !== undefined && this.#names.has(host) ? url : undefined;
  }
}

/** A stream name and its query, which begins with the question mark. */
function splitQuery(streamName: string): readonly [string, string] {
  const [name = ''] = streamName.split('?', 1);
  return [name, streamName.slice(name.length)];
}
