import { expect, test } from 'vitest';
import { RawClient } from '../../support/raw-client.ts';
import { startRelay } from '../../support/start-relay.ts';

/** What a client of the relay hears when it publishes and when it plays a key. */
async function ask(port: number, key: string): Promise<{ publish: string; play: string }> {
  const [app = '', name = ''] = key.split('/');
  await using player = await RawClient.openConnected(port, app);
  player.commandOn(1, 'play', 3, null, name);
  await using publisher = await RawClient.openConnected(port, app);
  publisher.commandOn(1, 'publish', 3, null, name, 'live');
  player.command('getStreamLength', 99, null, name);
  await player.heard('_result 99');
  return {
    publish: await publisher.heard('onStatus'),
    play: player.said.find((line) => line.startsWith('onStatus')) ?? 'waits',
  };
}

const streams = [
  { match: 'live/*', source: { type: 'push' } },
  { match: 'live/**', source: { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'], start: 'onDemand' } },
  { match: 'tv/*', source: { type: 'pull', urls: ['rtmp://127.0.0.1:1/{key}'], start: 'onDemand' } },
];

test('the first entry that matches decides, and the refusal says why', async () => {
  await using relay = await startRelay({ streams });
  const port = relay.port('rtmp');
  expect(await ask(port, 'live/a')).toEqual({
    publish: 'onStatus NetStream.Publish.Start on 1: live/a is now published',
    play: 'waits',
  });
  expect((await ask(port, 'tv/a')).publish).toBe(
    'onStatus NetStream.Publish.Denied on 1: stream tv/a is pulled from another server: it cannot be published here',
  );
  expect(await ask(port, 'else/a')).toEqual({
    publish:
      'onStatus NetStream.Publish.Denied on 1: there is no stream else/a on this server: no entry of streams matches',
    play: 'onStatus NetStream.Play.StreamNotFound on 1: there is no stream else/a on this server: no entry of streams matches',
  });
});

test('a conflict says so, and not who has the stream', async () => {
  await using relay = await startRelay({ publish: { onConflict: 'reject' } });
  const port = relay.port('rtmp');
  await using first = await RawClient.openConnected(port);
  first.commandOn(1, 'publish', 3, null, 'a', 'live');
  await first.heard('onStatus NetStream.Publish.Start');
  expect((await ask(port, 'live/a')).publish).toBe(
    'onStatus NetStream.Publish.BadName on 1: stream live/a is already being published',
  );
  expect(await relay.metric('streampump_rejected_total{reason="conflict"}')).toBe(1);
});
