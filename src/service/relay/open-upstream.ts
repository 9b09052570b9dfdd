import type { ChunkReaderLimits } from '../../protocol/rtmp/chunk-reader.ts';
import { displayUrl, parseRtmpUrl, type RtmpTarget } from '../../protocol/rtmp/rtmp-url.ts';
import { RtmpPull } from '../../session/rtmp-pull.ts';
import type { Upstream, UpstreamEvents } from '../../session/upstream.ts';

/** What is asked of an upstream. */
export interface UpstreamWish {
  /** Without placeholders. */
  readonly url: string;
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  readonly limits: ChunkReaderLimits;
}

/** Opens the upstream that a URL stands for: here every protocol joins. @throws TypeError when the URL is none of them */
export function openUpstream({ url, waiting, limits }: UpstreamWish, events: UpstreamEvents): Upstream {
  return new RtmpPull(targetOf(url), waiting, limits, events);
}

/** The URL of a stream with its key in place of the placeholders. */
export function expandUrl(template: string, key: string): string {
  const slash = key.indexOf('/');
  const values: Record<string, string> = {
    key,
    app: slash < 0 ? key : key.slice(0, slash),
    name: slash < 0 ? '' : key.slice(slash + 1),
  };
  return template.replace(/\{(key|app|name)\}/g, (_placeholder, name: string) => values[name] ?? '');
}

/** The host of a URL, in lower case; undefined when it has none. */
export function hostOf(url: string): string | undefined {
  return parseRtmpUrl(url)?.host.toLowerCase();
}

/**
 * Where a redirect or a ReconnectRequest leads: servers name the application only, or the stream as well.
 * @param from - the URL that was being played
 * @param to - absolute, or relative to it
 * @returns undefined when that is no URL
 */
export function redirectedUrl(from: string, to: string): string | undefined {
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

/** A stream name and its query, which begins with the question mark. */
function splitQuery(streamName: string): readonly [string, string] {
  const [name = ''] = streamName.split('?', 1);
  return [name, streamName.slice(name.length)];
}

function targetOf(url: string): RtmpTarget {
  const target = parseRtmpUrl(url);
  if (target === undefined) throw new TypeError(`no URL of an upstream: ${displayUrl(url)}`);
  return target;
}
