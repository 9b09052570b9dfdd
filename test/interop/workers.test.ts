import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { bbbTags } from '../support/media.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import type { MediaMessage } from '../support/test-client.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const opening = media('M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40');

/** Every message as a hash over type, time and content. */
function hashes(messages: readonly MediaMessage[]): string[] {
  return messages.map(({ type, timestamp, payload }) =>
    createHash('sha1').update(`${type} ${timestamp} `).update(payload).digest('hex'),
  );
}

/** Whether it is a keyframe of H.264. */
function isKeyframe({ type, payload }: MediaMessage): boolean {
  return type === 9 && payload[0] === 0x17 && payload[1] === 1;
}

/** Resolves when the player has got the keyframe of {@link opening}. */
function begun(player: TestPlayer): Promise<MediaMessage> {
  return player.waitFor(isKeyframe);
}

/** What a player got from the keyframe at this time on. */
function fromKeyframe(ms: number, { messages }: { messages: readonly MediaMessage[] }): string[] {
  return hashes(
    messages.slice(messages.findIndex((message) => isKeyframe(message) && message.timestamp === ms)),
  );
}

test('sessions of any worker can be ended', async () => {
  await using relay = await TestCluster.start();
  await using publisher = await relay.publish(0, 'live/a');
  publisher.sendMedia(...opening);
  const players = [await relay.play(0, 'live/a'), await relay.play(1, 'live/a')];
  await Promise.all(players.map(begun));
  expect(await relay.cluster.changes.kick({ key: 'live/a' })).toBe(3);
  await Promise.all([publisher, ...players].map(({ closed }) => closed));
  await relay.reaches('streampump_disconnected_players_total{reason="kicked"}', 2);
});

// Keyframes of the test media are at 80, 3080, 5360 and 8280 ms.
test('players of both workers get the same, those that come late from a keyframe on', async () => {
  await using relay = await TestCluster.start();
  const messages = bbbTags();
  const middle = messages.findIndex(({ timestamp }) => timestamp >= 4000);
  const isAtMiddle = ({ timestamp }: MediaMessage): boolean => timestamp === messages[middle - 1]?.timestamp;
  await using publisher = await relay.publish(0, 'live/a');
  await using near = await relay.play(0, 'live/a');
  await using far = await relay.play(1, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  const second = messages.findIndex(({ timestamp }) => timestamp >= 1000);
  publisher.sendMedia(...messages.slice(0, second)); // one keyframe: of several in one batch a player begins at the last
  await Promise.all([begun(near), begun(far)]);
  publisher.sendMedia(...messages.slice(second, middle));
  await Promise.all([near, far].map((player) => player.waitFor(isAtMiddle)));
  await using lateFar = await relay.play(1, 'live/a');
  await using lateNear = await relay.play(0, 'live/a');
  await Promise.all([begun(lateFar), begun(lateNear)]);
  publisher.sendMedia(...messages.slice(middle));
  await publisher.finish();
  await Promise.all([near, far, lateNear, lateFar].map(({ ended }) => ended));

  expect(fromKeyframe(80, near)).toEqual(fromKeyframe(80, { messages }));
  expect(fromKeyframe(80, far)).toEqual(fromKeyframe(80, { messages }));
  expect(lateFar.messages.find(isKeyframe)?.timestamp).toBe(3080);
  expect(hashes(lateFar.messages)).toEqual(hashes(lateNear.messages));
  expect(fromKeyframe(3080, lateFar)).toEqual(fromKeyframe(3080, { messages }));
});

test('the metrics of two workers add up to those of one', async () => {
  const names = [
    'streampump_streams',
    'streampump_stream_players',
    'streampump_stream_received_bytes_total',
    'streampump_stream_sent_bytes_total',
    'streampump_sessions',
    'streampump_rejected_total',
    'streampump_disconnected_players_total',
    'streampump_first_frame_seconds_count',
  ];
  const pick = (lines: readonly string[]): string[] =>
    lines.filter((line) => names.some((name) => line.startsWith(name)) && !line.endsWith(' 0')).sort();
  const config = {
    access: { publish: ['127.0.0.1/32'], play: ['127.0.0.1/32'] },
    publish: { onConflict: 'reject' },
  };

  await using two = await TestCluster.start(config);
  await using publisher = await two.publish(0, 'live/a');
  await using near = await two.play(0, 'live/a');
  await using far = await two.play(1, 'live/a');
  await two.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  publisher.sendMedia(...opening);
  await Promise.all([near, far].map((player) => player.mediaOf(5)));
  await using refused = new TestPublisher(two.port('rtmp'), 'publish', 'live/a', await two.connect(1));
  await refused.refused;
  await using late = await two.play(1, 'live/a');
  await late.mediaOf(5);
  await two.reaches('streampump_stream_players{stream="live/a",protocol="rtmp"}', 3);

  await using one = await startRelay(config);
  await using onePublisher = await TestPublisher.start(one.port('rtmp'), 'live/a');
  await using first = TestPlayer.play(one.port('rtmp'), 'live/a');
  await using second = TestPlayer.play(one.port('rtmp'), 'live/a');
  await one.log.waitFor('play', {}, { count: 2 });
  onePublisher.sendMedia(...opening);
  await Promise.all([first, second].map((player) => player.mediaOf(5)));
  await using oneRefused = new TestPublisher(one.port('rtmp'), 'publish', 'live/a');
  await oneRefused.refused;
  await using third = TestPlayer.play(one.port('rtmp'), 'live/a');
  await third.mediaOf(5);
  const text = await (await fetch(one.adminUrl('/metrics'))).text();
  expect(pick(await two.metrics())).toEqual(pick(text.split('\n')));
  expect(pick(text.split('\n'))).toContain('streampump_rejected_total{reason="conflict"} 1');
});

test('limits count the sessions of both workers, in all and per address', async () => {
  await using relay = await TestCluster.start({ limits: { sessions: 4 } });
  await using publisher = await relay.publish(0, 'live/a');
  publisher.sendMedia(...opening);
  await using a = await relay.play(0, 'live/a');
  await using b = await relay.play(1, 'live/a');
  await using c = await relay.play(1, 'live/a');
  await Promise.all([a, b, c].map(begun));
  for (const worker of [0, 1]) {
    await using d = await relay.play(worker, 'live/a');
    expect((await d.refused).description).toMatch(/^the server is full: it has \d+ sessions$/);
  }
  await c.cut();
  await relay.reaches('streampump_sessions{role="player",protocol="rtmp"}', 2);
  await relay.reaches('streampump_sessions{role="pending",protocol="rtmp"}', 0);
  await using e = await relay.play(0, 'live/a');
  await begun(e);

  await using other = await TestCluster.start({ limits: { sessionsPerAddress: 2 } });
  await using first = await other.publish(0, 'live/a');
  await using second = await other.publish(1, 'live/b');
  await using refused = await other.play(1, 'live/a');
  expect((await refused.refused).description).toContain('your address already has 2 sessions');
  expect(first.messages.length + second.messages.length).toBe(0);
});

test('connections that begin nothing are counted over both workers, and cut', async () => {
  await using relay = await TestCluster.start({ limits: { pendingSessions: 2 } });
  const sockets = [await relay.connect(0), await relay.connect(1)];
  const closed = (socket: Socket): Promise<unknown> =>
    new Promise((resolve) =>
      socket
        .on('error', () => {})
        .on('close', resolve)
        .resume(),
    );
  for (const worker of [0, 1]) {
    sockets.push(await relay.connect(worker));
    // the newcomer, or one that has been there for a second
    await Promise.race(sockets.filter(({ destroyed }) => !destroyed).map(closed));
  }
  const cut = await relay.metric('streampump_rejected_total{reason="pending-limit"}');
  expect(cut).toBeGreaterThanOrEqual(2); // and tries that came to the other worker
  for (const socket of sockets) socket.destroy();
});

test('a stream that is pulled on demand for players of both workers costs one connection upstream', async () => {
  await using upstream = await startRelay({ play: { waitMs: 300 } });
  await using publisher = await TestPublisher.start(upstream.port('rtmp'), 'tv/a');
  publisher.sendMedia(...opening);
  const source = { type: 'pull', urls: [upstream.rtmpUrl('{key}')], lingerMs: 100 };
  await using relay = await TestCluster.start({ streams: [{ match: '**', source }] });
  const players = [await relay.play(0, 'tv/a'), await relay.play(1, 'tv/a')];
  await Promise.all(players.map(begun));
  const [near, far] = players.map(({ messages }) => hashes(messages));
  expect(far).toEqual(near);
  expect(upstream.log.find('play')).toHaveLength(1);
  const upstreams = await (await fetch(relay.adminUrl('/api/v1/upstreams'))).json();
  expect(upstreams).toMatchObject({ items: [{ stream: expect.any(String) }] });

  const missing = [await relay.play(0, 'tv/none'), await relay.play(1, 'tv/none')];
  const reasons = await Promise.all(
    missing.map(({ ended, refused }) => Promise.race([ended, refused.then(({ code }) => code)])),
  );
  expect(reasons).toEqual(['NetStream.Play.StreamNotFound', 'NetStream.Play.StreamNotFound']);
  for (const player of [...players, ...missing]) await player.cut();
  await relay.reaches('streampump_streams', 0);
});

test('drain waits for the players of every worker, also those of a stream that another one keeps', async () => {
  await using relay = await TestCluster.start({ drain: { timeoutMs: 700 } });
  await using publisher = await relay.publish(1, 'live/a');
  await using player = await relay.play(0, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 1);
  publisher.sendMedia(...opening);
  await begun(player);
  const since = performance.now();
  const drained = relay.cluster.drain();
  expect((await fetch(relay.adminUrl('/readyz'))).status).toBe(503);
  publisher.sendMedia(...media('K9@80'));
  await player.waitFor(({ timestamp }) => timestamp === 80);
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
  expect(performance.now() - since).toBeGreaterThan(600);
  await drained;
});
