import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { RawClient } from '../../support/raw-client.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const keyframe = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aabbccdd', 'hex') } as const;

test('drain: nobody new, those who are there may end by themselves', async () => {
  const relay = await startRelay();
  const port = relay.port('rtmp');
  const publisher = await TestPublisher.start(port, 'live/cam');
  const player = TestPlayer.play(port, 'live/cam');
  publisher.sendMedia(keyframe);
  await player.mediaOf(1);
  await using early = await RawClient.openConnected(port);
  const drained = relay.relay.drain();
  expect((await fetch(relay.adminUrl('/readyz'))).status).toBe(503);
  early.commandOn(1, 'play', 3, null, 'cam');
  expect(await early.heard('onStatus NetStream.Play.Failed')).toContain('the server is shutting down');
  early.commandOn(1, 'publish', 3, null, 'other', 'live');
  expect(await early.heard('onStatus NetStream.Publish.Denied')).toContain('the server is shutting down');
  await early.closed;
  const refused = connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => refused.once('error', () => resolve()));
  publisher.sendMedia({ ...keyframe, timestamp: 40 });
  await player.mediaOf(2);
  await publisher.finish();
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
  await player.cut();
  await drained;
});

test('close: players get the end of their stream, publishers a reason, those who said nothing are cut', async () => {
  const relay = await startRelay();
  const port = relay.port('rtmp');
  const publisher = await TestPublisher.start(port, 'live/cam');
  const player = TestPlayer.play(port, 'live/cam');
  publisher.sendMedia(keyframe);
  await player.mediaOf(1);
  await using waiting = await RawClient.openConnected(port);
  waiting.commandOn(1, 'play', 3, null, 'later');
  await relay.log.waitFor('play', { peer: waiting.peer });
  await using silent = await RawClient.open(port);
  await relay.relay.close();
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
  expect(await publisher.refused).toMatchObject({
    code: 'NetStream.Publish.Failed',
    description: 'the relay is shutting down',
  });
  await Promise.all([player.closed, publisher.closed, waiting.closed, silent.closed]);
  expect(waiting.said.at(-1)).toContain('the relay is shutting down');
  await relay.relay.close(); // twice is once
});

test('a second relay on a taken port fails with a sentence, and leaves nothing open', async () => {
  await using relay = await startRelay();
  const taken = { host: '127.0.0.1', port: relay.port('rtmp') };
  await expect(startRelay({ listen: { rtmp: [{ host: '127.0.0.1', port: 0 }, taken] } })).rejects.toThrow(
    /^cannot listen on rtmp 127\.0\.0\.1:\d+: another program already uses this port$/,
  );
});

test('publishing is for local networks, and the refusal names the setting', async () => {
  await using relay = await startRelay({ access: { publish: ['10.0.0.0/8'], play: [] } });
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  client.commandOn(1, 'play', 3, null, 'cam');
  expect(await client.heard('onStatus NetStream.Play.Failed')).toContain(
    'setting access.play does not list it',
  );
  client.commandOn(1, 'publish', 3, null, 'cam', 'live');
  expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain(
    'publishing is not allowed from 127.0.0.1',
  );
  await client.closed;
});

test('a session can be ended while it runs, whatever it does', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using publisher = await TestPublisher.start(port, 'live/cam');
  await using player = TestPlayer.play(port, 'live/cam');
  publisher.sendMedia(keyframe);
  await player.mediaOf(1);
  await using other = await TestPublisher.start(port, 'live/other');
  expect(await relay.relay.changes.kick({ key: 'live/cam' })).toBe(2);
  expect((await publisher.refused).description).toBe('an operator of this server has ended this session');
  await Promise.all([publisher.closed, player.closed]);
  const line = await relay.log.waitFor('play-end', { stream: 'live/cam' });
  expect(line.fields['reason']).toBe('kicked');
  expect(await relay.relay.liveStreams()).toEqual([]);
  other.sendMedia(keyframe);
  await expect.poll(() => relay.relay.liveStreams()).toEqual(['live/other']);
});

test('every line about a connection has its id', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  const clients = await Promise.all([1, 2, 3].map((i) => TestPublisher.start(port, `live/cam${i}`)));
  for (const client of clients) await client.finish();
  await relay.log.waitFor('unpublish', {}, { count: 3 });
  const about = relay.log.lines.filter(({ event }) => event !== 'listening');
  expect(about.every(({ fields }) => /^c\d+$/.test(String(fields['connection'])))).toBe(true);
  expect(new Set(about.map(({ fields }) => fields['connection'])).size).toBe(3);
});
