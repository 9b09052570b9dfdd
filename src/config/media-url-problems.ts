import { expandUrl, readMediaUrl, schemeOf } from '../media-url.ts';

/** What is wrong with the URL of a forward, as a sentence that begins with "expected"; undefined when nothing is. */
export function forwardUrlProblem(url: string): string | undefined {
  if (schemeOf(url)?.protocol === 'rtmp') return urlProblem(url);
  return `expected a URL that begins with rtmp:// or rtmps://, ${example}`;
}

/** The same of an upstream, which may speak HTTP or WebSocket, too. */
export function upstreamUrlProblem(url: string): string | undefined {
  if (schemeOf(url) !== undefined) return urlProblem(url);
  return `expected a URL that begins with rtmp://, rtmps://, http://, https://, ws:// or wss://, ${example}`;
}

/** The same of a URL that peers are sent to. */
export function reconnectUrlProblem(url: string): string | undefined {
  if (url.includes('{')) return 'expected a URL without placeholders';
  return forwardUrlProblem(url.replace(/^(\w+:\/\/[^/?#]+)\/?$/, '$1/app')); // that of a server alone will do
}

const example = 'such as rtmp://host/{key}';

/** URLs with placeholders are tried out with this stream key. */
const SAMPLE_KEY = 'app/name';

/** What is wrong with a URL whose scheme is known: whatever passes here is what the connecting side can read. */
function urlProblem(url: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the URL parser would drop some of them
  if (/[\u0000-\u0020\u007f]/.test(url)) return 'expected a URL without spaces and control characters';
  if (/^\w+:\/\/[^/?#]*[{}]/.test(url)) return 'expected a URL with placeholders behind the host only';
  const sample = expandUrl(url, SAMPLE_KEY);
  if (/[{}]/.test(sample)) return 'expected no placeholders but {key}, {app} and {name}';
  const read = readMediaUrl(sample);
  if (read === 'path') return 'expected a URL without \\, . and .. in its path';
  if (typeof read === 'string') return `expected a URL with a host, ${example}`;
  if (!/^\/[^?#]/.test(read.path)) return `expected a URL with a path, ${example}`;
  return undefined;
}
