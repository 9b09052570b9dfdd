import { text } from 'node:stream/consumers';
import { PlaceError } from '../api/relay-place.ts';
import type { CtlCall } from '../ctl-call.ts';
import { line } from '../terminal/line.ts';

/** Something that a relay was told to begin. */
interface Begun {
  readonly id: string;
}

/** Has a relay pull a stream. @param written - URLs, preferred first; `-` stands for those on standard input */
export async function startPull(call: CtlCall, stream: string, written: readonly string[]): Promise<void> {
  await begin(call, 'upstreams', { stream, urls: await urlsOf(written) });
}

/** Has a relay forward a stream. @param written - the URL; `-` stands for that on standard input */
export async function startForward(call: CtlCall, stream: string, written: string): Promise<void> {
  const [url, second] = await urlsOf([written]);
  if (url === undefined || second !== undefined) throw new PlaceError('expected one URL on standard input');
  await begin(call, 'forwards', { stream, url });
}

/** Ends a pull or a forward that was begun so, or lifts a ban. */
export async function remove(
  { client, output, isJson }: CtlCall,
  list: 'upstreams' | 'forwards' | 'bans',
  id: string,
): Promise<void> {
  await client.change<void>('DELETE', `${list}/${encodeURIComponent(id)}`);
  if (isJson) output.json(null);
  else output.lines([line(list === 'bans' ? `the ban ${id} is lifted` : `${id} has ended`)]);
}

async function begin(
  { client, output, isJson }: CtlCall,
  list: 'upstreams' | 'forwards',
  wanted: unknown,
): Promise<void> {
  const begun = await client.change<Begun>('POST', list, {}, wanted);
  if (isJson) output.json(begun);
  else output.lines([line(`${begun.id} has begun`)]);
}

/** A URL may hold a secret, which others would see on the command line. */
async function urlsOf(written: readonly string[]): Promise<readonly string[]> {
  if (!written.includes('-')) return written;
  const lines = (await text(process.stdin)).split('\n').map((url) => url.trim());
  return written.flatMap((url) => (url === '-' ? lines.filter((read) => read !== '') : [url]));
}
