import type { IncomingMessage } from 'node:http';
import { nodeHttp } from '../../built-in.ts';
import type { Clock } from '../../stream/clock.ts';
import type { UpstreamEnd } from './upstream.ts';

/** So much of the body of a refusal is waited for, bytes, and for so long, milliseconds. */
const MAX_SENTENCE_BYTES = 8192;
const SENTENCE_MS = 2000;

const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * What an answer means that is not the stream, and what the server says of it. Takes a moment, for its words are in the body.
 * @param url - what was asked for: a redirect may be relative to it
 */
export async function endOf(response: IncomingMessage, url: string, clock: Clock): Promise<UpstreamEnd> {
  const { statusCode: status = 0, headers } = response;
  const description = `${status} ${nodeHttp.STATUS_CODES[status] ?? ''}`.trim();
  if (status === 407) return { kind: 'refused', description: `the proxy answered ${description}` };
  if (redirecting.has(status) && headers.location !== undefined) {
    const target = URL.parse(headers.location, url)?.href;
    return target === undefined
      ? { kind: 'refused', description: `redirected to an invalid URL (${description})` }
      : { kind: 'redirect', description, url: target };
  }
  const isPlain = headers['content-type']?.startsWith('text/plain') ?? false;
  const said = isPlain ? await sentenceOf(response, clock) : '';
  return { kind: status === 404 ? 'not-found' : 'refused', description, said };
}

/** The first line of a body. */
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
    .toString()
    .trimStart()
    .split(/[\r\n]/, 1);
  return line;
}
