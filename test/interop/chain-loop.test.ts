import { expect, test } from 'vitest';
import { loopSeenBy, startLinked } from '../support/linked-relays.ts';
import { startRelay } from '../support/start-relay.ts';
import { publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

test.for(['127.0.0.1', 'localhost'])('a relay that pulls from itself as %s is refused', async (host) => {
  await using stack = new AsyncDisposableStack();
  const [relay] = await startLinked(stack, ([self]) => [[`rtmp://${host}:${self?.rtmp}/{key}`]], 1);
  if (relay === undefined) throw new Error('no relay');
  await using _player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  expect(await loopSeenBy(relay, 'refused')).toBe('0 -> 0');
  expect(await loopSeenBy(relay, 'upstream')).toBe('0 -> 0');
});

test('two relays that pull from each other are refused', async () => {
  await using stack = new AsyncDisposableStack();
  const [a, b] = await startLinked(
    stack,
    ([portsA, portsB]) => [
      [`rtmp://127.0.0.1:${portsB?.rtmp}/{key}`],
      [`rtmp://127.0.0.1:${portsA?.rtmp}/{key}`],
    ],
    2,
  );
  if (a === undefined || b === undefined) throw new Error('no relays');
  await using _player = TestPlayer.play(a.port('rtmp'), 'live/a');
  expect(await loopSeenBy(a, 'refused')).toBe('0 -> 1 -> 0');
  expect(await loopSeenBy(b, 'upstream')).toBe('0 -> 1 -> 0');
  expect(a.log.find('upstream').every(({ text }) => !text.includes('loop'))).toBe(true); // waits for B
});

test('the loop that only closes when the origin dies is refused', async () => {
  await using stack = new AsyncDisposableStack();
  const origin = await startRelay();
  const camera = stack.use(publishPattern(origin.rtmpUrl('live/a')));
  await origin.published('live/a');
  const [a, b] = await startLinked(
    stack,
    ([portsA, portsB]) => [
      [origin.rtmpUrl('{key}'), `rtmp://127.0.0.1:${portsB?.rtmp}/{key}`],
      [`rtmp://127.0.0.1:${portsA?.rtmp}/{key}`],
    ],
    2,
  );
  if (a === undefined || b === undefined) throw new Error('no relays');
  await using player = TestPlayer.play(b.port('rtmp'), 'live/a');
  await player.mediaOf(20);
  await camera.stop('SIGKILL');
  await origin.relay.close();
  expect(await loopSeenBy(b, 'refused')).toBe('0 -> 1 -> 0');
  expect(await loopSeenBy(a, 'upstream')).toBe('0 -> 1 -> 0');
});

test('a forward that comes back to where the stream is from is refused', async () => {
  await using stack = new AsyncDisposableStack();
  const b = stack.use(await startRelay());
  const bPort = b.port('rtmp');
  const forward = [`rtmp://127.0.0.1:${bPort}/{key}`];
  const a = stack.use(await startRelay({ streams: [{ match: '**', source: { type: 'push' }, forward }] }));
  await b.relay.configure({
    ...(await import('../../src/config/relay-settings.ts')).relaySettings.parse({
      streams: [{ match: '**', source: { type: 'push' }, forward: [a.rtmpUrl('{key}')] }],
    }),
  });
  stack.use(publishPattern(a.rtmpUrl('live/a')));
  const player = stack.use(TestPlayer.play(bPort, 'live/a'));
  expect(await loopSeenBy(a, 'refused')).toBe('0 -> 1 -> 0');
  await player.mediaOf(20); // the way there is none of it
});
