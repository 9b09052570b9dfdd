import { expandUrl, readMediaUrl, schemeOf } from '../media-url.ts';

/**
 * What is wrong with the URL of a forward, as a sentence that begins with "expected"; undefined when nothing is.
 * @param example - of what would be right
 */
export function forwardUrlProblem(url: string, example: string = streamExample): string | undefined {
  if (schemeOf(url)?.protocol === 'rtmp') return urlProblem(url, example);
  return `expected a URL that begins with rtmp://, rtmps://, rtmpt:// or rtmpts://, such as ${example}`;
}

/** The same of an upstream, which may speak HTTP, WebSocket or MMSH, too. */
export function upstreamUrlProblem(url: string, example: string = streamExample): string | undefined {
  if (schemeOf(url) !== undefined) return urlProblem(url, example);
  return `expected a URL that begins with rtmp://, rtmps://, rtmpt://, rtmpts://, http://, https://, ws://, wss:// or mmsh://, such as ${example}`;
}

/** The same of a server that streams are pulled from, which says nothing of their keys. */
export function serverUrlProblem(url: string): string | undefined {
  if (/[{}]/.test(url)) return `expected a URL without placeholders, such as ${serverExample}`;
  return upstreamUrlProblem(streamsUrl(url), serverExample);
}

/** The URL of every stream of a server: its key stands behind the path, FLV over HTTP and WebSocket has its ending, as has ASF. */
export function streamsUrl(server: string): string {
  const [, place = '', query = ''] = /^([^?#]*)(.*)$/s.exec(server) ?? [];
  const protocol = schemeOf(server)?.protocol;
  const ending = protocol === 'rtmp' ? '' : protocol === 'mmsh' ? '.asf' : '.flv';
  return `${place.replace(/\/+$/, '')}/{key}${ending}${query}`;
}

/** The same of a URL that peers are sent to. */
export function reconnectUrlProblem(url: string): string | undefined {
  if (url.includes('{')) return 'expected a URL without placeholders';
  // that of a server alone will do
  return forwardUrlProblem(url.replace(/^(\w+:\/\/[^/?#]+)\/?$/, '$1/app'), 'rtmp://next.example');
}

/** Whether a sound URL of RTMP ends with the app, without a stream name: all streams would be one there. */
export function lacksStreamName(url: string): boolean {
  return forwardUrlProblem(url) === undefined && /^\w+:\/\/[^/{}]+\/+[^/{}]+\/*$/.test(url);
}

const streamExample = 'rtmp://host/{key}';
const serverExample = 'rtmp://parent or http://parent:8080';

/** URLs with placeholders are tried out with this stream key. */
const SAMPLE_KEY = 'app/name';

/** What is wrong with a URL whose scheme is known: whatever passes here is what the connecting side can read. */
function urlProblem(url: string, example: string = streamExample): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the URL parser would drop some of them
  if (/[\u0000-\u0020\u007f]/.test(url)) return 'expected a URL without spaces and control characters';
  if (/^\w+:\/\/[^/?#]*[{}]/.test(url)) return 'expected a URL with placeholders behind the host only';
  const sample = expandUrl(url, SAMPLE_KEY);
  if (/[{}]/.test(sample)) return 'expected no placeholders but {key}, {app} and {name}';
  const read = readMediaUrl(sample);
  if (read === 'path') return 'expected a URL without \\, . and .. in its path';
  if (typeof read === 'string') return `expected a URL with a host, such as ${example}`;
  // an encoder that is pulled from by MMSH has one stream, at /
  if (read.protocol !== 'mmsh' && !/^\/[^?#]/.test(read.path))
    return `expected a URL with a path, such as ${example}`;
  return undefined;
}
