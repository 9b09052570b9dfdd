import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RawHttp } from '../../../support/http-client.ts';
import { bbbAsfPath } from '../../../support/media.ts';
import { compare, Metronome } from '../../../support/metronome.ts';
import { pullAll } from '../../../support/relay-process.ts';
import { TestCluster } from '../../../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';

const host = '127.0.0.1';

/** A relay, and another that comes to its ports. */
async function startPair(
  stack: AsyncDisposableStack,
  config: Readonly<Record<string, unknown>> = {},
): Promise<{ old: TestRelay; startSuccessor: () => Promise<TestRelay>; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-handover-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const old = stack.use(await startRelay(config, { sharing: 'later' }));
  const listen = Object.fromEntries(
    ['rtmp', 'http', 'admin'].map((protocol) => [protocol, { host, port: old.port(protocol) }]),
  );
  const startSuccessor = async (): Promise<TestRelay> =>
    stack.use(await startRelay({ ...config, listen }, { sharing: 'now' }));
  return { old, startSuccessor, path: join(folder, 'media') };
}

test.concurrent('a relay that cannot give its streams keeps its ports, and hands over when it can', async () => {
  await using stack = new AsyncDisposableStack();
  const { old, path } = await startPair(stack);
  await expect(old.relay.handOver(join(path, 'x'.repeat(200)))).rejects.toThrow('listen');
  expect(old.relay.readiness).toBe('ready');
  expect(await old.relay.handOver(path)).toEqual([path]);
  expect(old.relay.readiness).toBe('draining');
});

test.concurrent('a successor gets what the old relay still has: no frame is lost, and its publisher finds its players', async () => {
  await using stack = new AsyncDisposableStack();
  const { old, startSuccessor, path } = await startPair(stack, { drain: { timeoutMs: 4000 } });
  const first = stack.use(await Metronome.start(old.port('rtmp'), 'live/a'));
  const edge = stack.use(await startRelay({ streams: pullAll([old.rtmpUrl('{key}')]) }));
  const behind = stack.use(TestPlayer.play(edge.port('rtmp'), 'live/a'));
  const stayer = stack.use(TestPlayer.play(old.port('rtmp'), 'live/a'));
  await Promise.all([behind.mediaOf(30), stayer.mediaOf(30)]);

  const successor = await startSuccessor();
  successor.relay.inherit(await old.relay.handOver(path));
  const drained = old.relay.drain();
  const newcomer = stack.use(TestPlayer.play(old.port('rtmp'), 'live/a'));
  await newcomer.mediaOf(30);
  await edge.log.waitFor('upstream', { reason: 'replaced' });
  await stayer.mediaOf(stayer.media.length + 30); // its time is not over
  expect(old.log.find('play', { stream: 'live/a' })).toHaveLength(3); // the stayer, the edge and the successor
  expect(successor.log.find('play', { stream: 'live/a' })).toHaveLength(2);

  await Promise.all([first.gone, drained]);
  expect(await readdir(join(path, '..'))).toEqual([]);
  await stayer.ended;
  for (const player of [behind, newcomer, stayer]) {
    const { seen, expected } = compare(player, first.sent);
    expect(seen).toEqual(expected);
  }
  const before = newcomer.media.length;
  const again = stack.use(await Metronome.start(old.port('rtmp'), 'live/a'));
  await Promise.all([behind.mediaOf(behind.media.length + 30), newcomer.mediaOf(before + 30)]);
  expect(again.sent.length).toBeGreaterThan(0);
  expect(successor.log.find('play-end')).toEqual([]);
});

test.concurrent('of a successor with several workers only the one that keeps a stream gets it from the old relay', async () => {
  await using stack = new AsyncDisposableStack();
  const { old, path } = await startPair(stack, { drain: { timeoutMs: 4000 } });
  const publisher = stack.use(await Metronome.start(old.port('rtmp'), 'live/a'));
  const successor = stack.use(await TestCluster.start());
  const players = [await successor.play(0, 'live/a'), await successor.play(1, 'live/a')];
  for (const player of players) stack.use(player);
  await successor.reaches('streampump_sessions{role="waiting",protocol="rtmp"}', 2);
  successor.cluster.inherit(await old.relay.handOver(path));
  for (const player of players) await player.mediaOf(60);
  expect(old.log.find('play', { stream: 'live/a' })).toHaveLength(1);
  for (const player of players) {
    const { seen, expected } = compare(player, publisher.sent);
    expect(seen).toEqual(expected);
  }
});

test.concurrent.each(['streams/a', 'live/a b'])(
  'a stream of ASF is had from the old relay, too: %s',
  async (key) => {
    await using stack = new AsyncDisposableStack();
    const { old, startSuccessor, path } = await startPair(stack, { drain: { timeoutMs: 100 } });
    const place = `/${encodeURI(key)}.asf`;
    const encoder = stack.use(await RawHttp.open(old.port('http')));
    encoder.send(`PUT ${place} HTTP/1.1\nHost: x\nContent-Length: 1000000\n\n`);
    encoder.send(readFileSync(bbbAsfPath));
    await old.log.waitFor('publish', { stream: key });

    const successor = await startSuccessor();
    successor.relay.inherit(await old.relay.handOver(path));
    const player = stack.use(await RawHttp.open(successor.port('http')));
    player.send(`GET ${place} HTTP/1.1\nHost: x\n\n`);
    await player.heard(/^HTTP\/1\.1 200 .*\r\ncontent-type: video\/x-ms-asf\r\n/s);
    await player.until(() => (player.bytes.length > 50_000 ? true : null), 'a keyframe group');
    const asked = old.log.find('play', { stream: key }).map(({ fields }) => fields['protocol']);
    expect(asked).toEqual(['rtmp', 'mmsh']);
    await old.relay.drain();
    expect(await readdir(join(path, '..'))).toEqual([]);
  },
);

test.concurrent('a publisher that comes at once has the stream, and nobody else publishes what has come', async () => {
  await using stack = new AsyncDisposableStack();
  const { old, startSuccessor, path } = await startPair(stack, { publish: { onConflict: 'reject' } });
  stack.use(await Metronome.start(old.port('rtmp'), 'live/a'));
  const successor = await startSuccessor();
  successor.relay.inherit(await old.relay.handOver(path));
  const player = stack.use(TestPlayer.play(successor.port('rtmp'), 'live/a'));
  await player.mediaOf(10);
  stack.use(await Metronome.start(successor.port('rtmp'), 'live/a'));
  await player.mediaOf(player.media.length + 60);
  expect(successor.log.find('unpublish')).toEqual([]);
  await old.log.waitFor('play-end', { stream: 'live/a' }); // the successor does not need it any more
});

test.concurrent('what the old relay does not have either is waited for, and it is not asked for a stream that is pulled', async () => {
  await using stack = new AsyncDisposableStack();
  const streams = [...pullAll(['rtmp://127.0.0.1:1/{key}']), { match: '**', source: { type: 'push' } }];
  const { old, startSuccessor, path } = await startPair(stack, {
    streams: [{ ...Object(streams[0]), match: 'far/**' }, streams[1]],
  });
  const successor = await startSuccessor();
  successor.relay.inherit(await old.relay.handOver(path));
  stack.use(TestPlayer.play(successor.port('rtmp'), 'live/none'));
  stack.use(TestPlayer.play(successor.port('rtmp'), 'far/none'));
  await old.log.waitFor('refused', { stream: 'live/none', reason: 'not-found' });
  expect(old.log.find('refused', { stream: 'far/none' })).toEqual([]);
  const publisher = stack.use(await Metronome.start(successor.port('rtmp'), 'live/none'));
  expect(publisher.sent).toEqual(expect.anything());
  await successor.log.waitFor('publish', { stream: 'live/none' });
});
