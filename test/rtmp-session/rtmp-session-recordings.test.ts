import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientSession } from '../../src/rtmp-session/client-session.ts';
import { ServerSession } from '../../src/rtmp-session/server-session.ts';
import { captures } from '../fuzz/engine/corpus.ts';

/** Much of what was recorded is media: the first of it is as good as all of it. */
const MAX_BYTES = 20_000;

/** What a session tells of a recording that comes in these pieces, a line for each event and message. */
async function toldOf(direction: 'to-server' | 'to-client', pieces: readonly Buffer[]): Promise<string[]> {
  const [own, peer] = duplexPair();
  peer.resume();
  const told: string[] = [];
  const follow = async (name: string, source: AsyncIterable<object>): Promise<void> => {
    try {
      for await (const event of source) told.push(`${name} ${lineOf(event)}`);
      told.push(`${name} ends`);
    } catch (error) {
      told.push(`${name} fails: ${(error as Error).message}`);
    }
  };
  const running = direction === 'to-server' ? serve(own, follow) : play(own, follow);
  for (const piece of pieces) {
    peer.write(piece);
    await new Promise(setImmediate);
  }
  peer.end();
  await running;
  return told.sort(); // what iterates over one thing says nothing of when another does
}

type Follow = (name: string, source: AsyncIterable<object>) => Promise<void>;

async function serve(duplex: ConstructorParameters<typeof ServerSession>[0], follow: Follow): Promise<void> {
  await using session = new ServerSession(duplex);
  const streams: Promise<void>[] = [];
  const events = async function* (): AsyncGenerator<object> {
    for await (const event of session) {
      yield { ...event };
      if (event.type === 'publish') streams.push(follow(`publication ${event.streamName}`, event.accept()));
      else if (event.type === 'connect' || event.type === 'play') event.accept();
    }
  };
  await follow('session', events());
  await Promise.all(streams);
}

async function play(duplex: ConstructorParameters<typeof ClientSession>[0], follow: Follow): Promise<void> {
  await using session = new ClientSession(duplex, { app: 'live' });
  const events = follow('session', session);
  const connected = session.connect();
  const stream = await session.play('a');
  await Promise.all([connected, events, follow('play', stream)]);
}

function lineOf(event: object): string {
  return JSON.stringify(event, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}

const recordings = (['to-server', 'to-client'] as const).flatMap((direction) =>
  captures(direction, 'rtmp-').map(({ name, bytes }) => ({
    direction,
    name,
    bytes: bytes.subarray(0, MAX_BYTES),
  })),
);

test.each(recordings)('$name, $direction, says the same however it is cut', async ({ direction, bytes }) => {
  const whole = await toldOf(direction, [bytes]);
  expect(whole.length).toBeGreaterThan(1);
  const cuts = fc.array(fc.nat(bytes.length), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places.sort((a, b) => a - b), bytes.length];
      const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
      expect(await toldOf(direction, pieces)).toEqual(whole);
    }),
    { numRuns: 8 },
  );
});
