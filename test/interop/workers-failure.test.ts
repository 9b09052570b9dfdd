import { expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { media } from '../support/fake-media.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { more, SteadyPublisher } from '../support/steady-publisher.ts';
import type { MediaMessage } from '../support/test-client.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const opening = media('M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40');

const isKeyframe = (id: number) => {
  const { payload } = media(`K${id}@0`)[0] as MediaMessage;
  return (message: MediaMessage): boolean => message.payload.equals(payload);
};

/** Timestamps of video, which must never go back. */
function videoTimes(messages: readonly MediaMessage[]): number[] {
  return messages.filter(({ type }) => type === 9).map(({ timestamp }) => timestamp);
}

test('a worker that dies takes its own sessions with it and no others; it is replaced and serves', async () => {
  await using relay = await TestCluster.start();
  await using publisher = await relay.publish(0, 'live/a');
  await using near = await relay.play(0, 'live/a');
  await using far = await relay.play(1, 'live/a');
  await using far2 = await relay.play(1, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 3);
  publisher.sendMedia(...opening);
  await Promise.all([near, far, far2].map((player) => player.waitFor(isKeyframe(1))));
  await using denied = new TestPublisher(relay.port('rtmp'), 'publish', 'live/..', await relay.connect(1));
  await denied.refused;
  await relay.reaches('streampump_rejected_total{reason="key"}', 1);

  await relay.kill(1);
  await Promise.all([far.closed, far2.closed]);
  publisher.sendMedia(...media('P3@80 K4@120'));
  await near.waitFor(isKeyframe(4));
  expect(near.messages.map(({ timestamp }) => timestamp).slice(-2)).toEqual([80, 120]);
  expect(relay.log.find('worker')[0]).toMatchObject({
    text: expect.stringMatching(
      /^worker 1 died with all of its sessions: [23]; starting another one$/,
    ) as string,
    fields: { worker: 1 },
  });
  expect(await relay.metric('streampump_disconnected_players_total{reason="worker"}')).toBe(2);
  expect(await relay.metric('streampump_rejected_total{reason="key"}')).toBe(1); // counted by the one that is gone
  expect(await relay.metric('streampump_stream_players{stream="live/a",protocol="rtmp"}')).toBe(1);

  await relay.log.waitFor('worker', { worker: 1 }, { count: 2 });
  await using next = await relay.play(1, 'live/a');
  await next.waitFor(isKeyframe(4));
  publisher.sendMedia(...media('P5@160'));
  await next.waitFor(({ timestamp }) => timestamp === 160);
  await using nextPublisher = await relay.publish(1, 'live/b');
  nextPublisher.sendMedia(...opening);
  await using other = await relay.play(0, 'live/b');
  await other.waitFor(isKeyframe(1));
});

test('before a worker that died is replaced, the other one serves whoever comes again; its own players wait and go on', async () => {
  await using relay = await TestCluster.start({}, null, new FakeClock()); // on which nobody is replaced
  const players = async (worker: number, key: string): Promise<TestPlayer[]> => {
    const all: TestPlayer[] = [];
    for (let i = 0; i < 5; i++) all.push(await relay.play(worker, key));
    return all;
  };
  await using lost = await relay.publish(0, 'live/a');
  await using kept = await relay.publish(1, 'live/b');
  const gone = [...(await players(0, 'live/a')), ...(await players(0, 'live/b'))];
  const staying = [...(await players(1, 'live/a')), ...(await players(1, 'live/b'))];
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 20);
  for (const publisher of [lost, kept]) publisher.sendMedia(...opening);
  await Promise.all([...gone, ...staying].map((player) => player.waitFor(isKeyframe(1))));

  await relay.kill(0);
  await Promise.all(gone.map((player) => player.closed));
  await using back = await relay.publish(1, 'live/a');
  const again = [...(await players(1, 'live/a')), ...(await players(1, 'live/b'))];
  back.sendMedia(...media('VH1@0 AH1@0 K4@0 P5@40'));
  kept.sendMedia(...media('K4@120 P5@160'));
  await Promise.all([...staying, ...again].map((player) => player.waitFor(isKeyframe(4))));
  for (const { messages } of staying)
    expect(videoTimes(messages)).toEqual([...videoTimes(messages)].sort((a, b) => a - b));
  expect([...relay.cluster.workers.keys()]).toEqual([1]);
  for (const player of [...staying, ...again]) await player.cut();
});

test('the home of a stream dies: publisher and players of the other worker go on, and every frame comes once', async () => {
  await using relay = await TestCluster.start({ publish: { graceMs: 0 } });
  await using first = await relay.play(0, 'live/a'); // so that worker 0 is its home
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 1);
  await using publisher = await relay.publish(1, 'live/a');
  await using player = await relay.play(1, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  using steady = new SteadyPublisher(publisher);
  await Promise.all([more(first, 40), more(player, 40)]);

  await relay.kill(0);
  await relay.log.waitFor('worker', { worker: 0 });
  await more(player, 100);
  await steady.stop(player);
  const [got, sent] = steady.gotAndSent(player);
  expect(got).toEqual(sent);
  expect(await relay.metric('streampump_streams')).toBe(1);
  await publisher.finish();
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
  await relay.reaches('streampump_streams', 0);
});

test('a stream that is always pulled is pulled by one worker, and by another when that one dies: every frame comes once', async () => {
  await using upstream = await startRelay();
  await using publisher = await TestPublisher.start(upstream.port('rtmp'), 'tv/news');
  const source = { type: 'pull', urls: [upstream.rtmpUrl('tv/news')], start: 'always' };
  const streams = [
    { match: 'tv/news', source },
    { match: '**', source: { type: 'push' } },
  ];
  await using relay = await TestCluster.start({ streams });
  await upstream.log.waitFor('play', { stream: 'tv/news' });
  await using gone = await relay.play(0, 'tv/news');
  await using player = await relay.play(1, 'tv/news');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  using steady = new SteadyPublisher(publisher);
  await Promise.all([more(gone, 40), more(player, 40)]);
  expect(upstream.log.find('play')).toHaveLength(1);

  await relay.kill(0); // the first stream that is always wanted is its
  await upstream.log.waitFor('play', { stream: 'tv/news' }, { count: 2 });
  await more(player, 100);
  await steady.stop(player);
  const [got, sent] = steady.gotAndSent(player);
  expect(got).toEqual(sent);
  await relay.log.waitFor('worker', { worker: 0 }, { count: 2 });
  await using late = await relay.play(0, 'tv/news');
  await steady.stop(late);
  expect(upstream.log.find('play')).toHaveLength(2);
});

test('the home of a stream that is forwarded dies: a player at the target gets every frame once', async () => {
  await using target = await startRelay();
  const forward = [target.rtmpUrl('live/there')];
  await using relay = await TestCluster.start({
    streams: [{ match: 'live/a', source: { type: 'push' }, forward }],
  });
  await using _first = await relay.play(0, 'live/a'); // so that worker 0 is its home
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 1);
  await using publisher = await relay.publish(1, 'live/a');
  await using _copy = await relay.play(1, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  await using player = TestPlayer.play(target.port('rtmp'), 'live/there');
  using steady = new SteadyPublisher(publisher);
  await more(player, 40);

  await relay.kill(0);
  await target.published('live/there', 2);
  await more(player, 100);
  await steady.stop(player);
  const [got, sent] = steady.gotAndSent(player);
  expect(got).toEqual(sent);
});

test('all workers die at the same moment: both come again and serve', async () => {
  await using relay = await TestCluster.start();
  await Promise.all([relay.kill(0), relay.kill(1)]);
  for (const worker of [0, 1]) await relay.log.waitFor('worker', { worker }, { count: 2 });
  await using publisher = await relay.publish(0, 'live/a');
  await using player = await relay.play(1, 'live/a');
  await relay.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 1);
  publisher.sendMedia(...opening);
  await player.waitFor(isKeyframe(1));
});
