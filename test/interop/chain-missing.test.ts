import { expect, test } from 'vitest';
import { pullAll } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';

test('a hundred players that ask for a missing key in a second cost the parent one connection', async () => {
  await using parent = await startRelay({ play: { waitMs: 300 } });
  await using edge = await startRelay({
    streams: pullAll([parent.rtmpUrl('{key}')]),
    play: { waitMs: 5000 },
  });
  await using stack = new AsyncDisposableStack();
  const refusals: Promise<{ code: string }>[] = [];
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 10; i++) {
      const player = stack.use(TestPlayer.play(edge.port('rtmp'), 'live/none'));
      refusals.push(player.refused);
    }
    await refusals.at(-10 + (round % 2)); // half of the rounds come after the answer, half before
  }
  const codes = new Set((await Promise.all(refusals)).map(({ code }) => code));
  expect(codes).toEqual(new Set(['NetStream.Play.StreamNotFound']));
  expect(parent.log.find('play')).toHaveLength(1);
}, 20_000);

test('a thousand keys that nobody has leave nothing behind', async () => {
  await using parent = await startRelay({
    streams: [{ match: 'there/**', source: { type: 'push' } }],
    limits: { pendingSessionsPerAddress: 2000 },
  });
  await using edge = await startRelay({ streams: pullAll([parent.rtmpUrl('{key}')]) });
  const ask = async (number: number): Promise<string> => {
    await using player = TestPlayer.play(edge.port('rtmp'), `gone/${number}`);
    return (await player.refused).code;
  };
  for (let start = 0; start < 1000; start += 50) {
    const numbers = Array.from({ length: 50 }, (_, at) => start + at);
    const codes = await Promise.all(numbers.map(ask));
    expect(new Set(codes)).toEqual(new Set(['NetStream.Play.StreamNotFound']));
  }
  expect(parent.log.find('refused')).toHaveLength(1000);
  expect(await (await fetch(edge.adminUrl('/api/v1/upstreams'))).json()).toEqual({ items: [], next: null });
  const metrics = await (await fetch(edge.adminUrl('/metrics'))).text();
  expect(metrics).toContain('streampump_streams 0');
  expect(metrics).not.toContain('gone/');
}, 30_000);
