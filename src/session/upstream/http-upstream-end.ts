import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Clock } from '../../stream/clock.ts';
import type { UpstreamEnd } from './upstream.ts';

/** So much of the body of a refusal is looked at, bytes, and for so long, milliseconds. */
const MAX_SENTENCE_BYTES = 512;
const SENTENCE_MS = 2000;

const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * What an answer means that is not the stream, in the server's own words. Takes a moment, for the words are in the body.
 * @param url - what was asked for: a redirect may be relative to it
 */
export async function endOf(response: IncomingMessage, url: string, clock: Clock): Promise<UpstreamEnd> {
  const { statusCode: status = 0, headers } = response;
  const said = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status === 407) return { kind: 'refused', description: `the proxy says ${said}` };
  if (redirecting.has(status) && headers.location !== undefined) {
    const target = URL.parse(headers.location, url)?.href;
    return target === undefined
      ? { kind: 'refused', description: `redirected to nowhere (${said})` }
      : { kind: 'redirect', description: said, url: target };
  }
  const isPlain = headers['content-type']?.startsWith('text/plain') ?? false;
  const sentence = isPlain ? await sentenceOf(response, clock) : '';
  const kind = status === 404 ? 'not-found' : 'refused';
  return { kind, description: sentence === '' ? said : `${sentence} (${said})` };
}

/** The first line of a body, without anything that does not belong into a log. */
async function sentenceOf(body: IncomingMessage, clock: Clock): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve) => {
    const stopWaiting = clock.after(SENTENCE_MS, resolve);
    body.on('data', (bytes: Buffer) => {
      chunks.push(bytes);
      size += bytes.length;
      if (size >= MAX_SENTENCE_BYTES) resolve();
    });
    body.once('close', () => {
      stopWaiting();
      resolve();
    });
    body.once('end', resolve);
  });
  const [line = ''] = Buffer.concat(chunks)
    .toString('utf8', 0, MAX_SENTENCE_BYTES)
    .trimStart()
    .split(/[\r\n]/, 1);
  return cleanWords(line);
}

/** What a server says, fit for a line of a log. */
export function cleanWords(text: string): string {
  return text.slice(0, MAX_SENTENCE_BYTES).replace(/\p{C}/gu, '').trim();
}
