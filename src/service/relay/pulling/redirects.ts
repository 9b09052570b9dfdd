import { urlWithoutPermit } from '../../../credentials/permit.ts';
import { type MediaFormat, parseMediaUrl, schemeOf } from '../../../media-url.ts';
import { parseRtmpUrl, type RtmpTarget } from '../../../protocol/rtmp/rtmp-url.ts';

/** Longer URLs are not followed, characters: each is kept with the pull and shown. */
const MAX_URL_LENGTH = 2048;

/** Where a server leads: to a URL, or nowhere, and why. */
export type Redirect = { readonly url: string } | { readonly refused: string };

/**
 * Where a server leads whoever played `from`, be `to` absolute or relative; undefined when that is another protocol.
 * @param format - what was played: ASF comes from `http://` and `mmsh://` alike
 */
export function redirectedUrl(from: string, to: string, format: MediaFormat): string | undefined {
  const source = parseRtmpUrl(from);
  if (source !== undefined) return redirectedRtmpUrl(source, to);
  const protocol = schemeOf(from)?.protocol;
  const absolute = URL.parse(to, from)?.href ?? '';
  // WebSockets are redirected to URLs of HTTP by servers and proxies that know no others
  const url = protocol === 'ws' ? absolute.replace(/^http/, 'ws') : absolute;
  const led = parseMediaUrl(url)?.protocol;
  const isSame = format === 'asf' ? led === 'http' || led === 'mmsh' : led === protocol;
  return protocol !== 'rtmp' && isSame ? url : undefined;
}

/** Servers name the application only, or the stream as well. */
function redirectedRtmpUrl(source: RtmpTarget, to: string): string | undefined {
  const absolute = /^\w+:\/\//.test(to) ? to : URL.parse(to, `${source.tcUrl}/`)?.href;
  const target = parseRtmpUrl(absolute ?? '');
  if (target === undefined) return undefined;
  const app = target.app === '' ? source.app : target.app;
  const [name, query] = splitQuery(target.streamName);
  const [sourceName, sourceQuery] = splitQuery(urlWithoutPermit(source.streamName)); // it is for one server
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

  /** Where a server leads, see {@link redirectedUrl}: to one of these hosts only, and from TLS to nothing without it. */
  lead(from: string, to: string, format: MediaFormat): Redirect {
    if (to.length > MAX_URL_LENGTH) return { refused: 'which is too long' };
    const url = redirectedUrl(from, to, format);
    const target = parseMediaUrl(url ?? '');
    if (url === undefined || target === undefined) return { refused: 'which is another protocol' };
    if (!this.#names.has(target.host)) return { refused: 'which is not in redirectHosts' };
    const wasTls = schemeOf(from)?.isTls === true;
    return wasTls && !target.isTls ? { refused: 'which is without TLS' } : { url };
  }
}

/** A stream name and its query, which begins with the question mark. */
function splitQuery(streamName: string): readonly [string, string] {
  const [name = ''] = streamName.split('?', 1);
  return [name, streamName.slice(name.length)];
}
