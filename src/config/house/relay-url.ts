import { readMediaUrl } from '../../media-url.ts';

/** What the base addresses of a relay are for: what is written before `://` follows from it. */
export const relayUrlKinds = ['rtmp', 'rtmps', 'http', 'https', 'mmsh'] as const;

/**
 * What is wrong with the base address of a relay, as a sentence that begins with "expected"; undefined when nothing is. Players are told
 * it, so it has no user in it; stream keys stand behind it, so it has no query.
 */
export function relayUrlProblem(kind: (typeof relayUrlKinds)[number], url: string): string | undefined {
  const example = `${kind}://relay1.example.org`;
  const start = `${kind}://`;
  if (!url.toLowerCase().startsWith(start))
    return `expected a URL that begins with ${start}, such as ${example}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the URL parser would drop some of them
  if (/[\u0000-\u0020\u007f{}]/.test(url))
    return 'expected a URL without spaces, control characters and placeholders';
  if (/[?#]/.test(url)) return 'expected a URL without a query';
  const read = readMediaUrl(url);
  if (typeof read === 'string') return `expected a URL with a host, such as ${example}`;
  if (read.username !== '' || read.password !== '')
    return 'expected a URL without user and password: players are told it';
  const hasPath = !/^\/*$/.test(read.path);
  return hasPath && !/^https?$/.test(kind) ? `expected a URL without a path, such as ${example}` : undefined;
}
