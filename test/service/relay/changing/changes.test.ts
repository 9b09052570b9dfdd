import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../../src/service/relay/workers/cluster.ts';
import { ChangingScene } from '../../../support/changing-scene.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';
import { WsClient } from '../../../support/ws-client.ts';

const kicked = 'an operator of this server has ended this session';
const banned = 'you are banned from this server for a while';
const address = '127.0.0.1';
const DAY_MS = 86_400_000;

const keys = {
  access: { rules: [{ verbs: ['play'], require: [{ type: 'key', values: ['ann k1', 'bob k2'] }] }] },
};

describe.each([1, 2])('with %i workers', (workers) => {
  test('who publishes, plays or waits is ended by stream, and told so in words of the protocol', async () => {
    await using scene = await ChangingScene.start(workers);
    const publisher = await scene.publish('live/a');
    const player = await scene.play('live/a');
    await using http = await RawHttp.open(scene.port('http'));
    http.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    await using webSocket = await WsClient.open(`ws://127.0.0.1:${scene.port('http')}/live/a.flv`);
    await scene.log.waitFor('play', { stream: 'live/a' }, { count: 3 });
    const other = await scene.play('live/b');
    expect(await scene.control.changes.kick({ key: 'live/a' })).toBe(4);
    expect((await publisher.refused).description).toBe(kicked);
    expect((await player.refused).description).toBe(kicked);
    await http.closed;
    expect(http.text).toMatch(new RegExp(`^HTTP/1.1 403 Forbidden\r\n[^]*${kicked}`));
    expect(await webSocket.closed).toEqual({ code: 4403, reason: kicked });
    await scene.log.waitFor('play-end', { stream: 'live/a', reason: 'kicked' }, { count: 3 });
    await scene.log.waitFor('unpublish', { stream: 'live/a', reason: 'kicked' });
    expect(await scene.metric('streampump_disconnected_players_total{reason="kicked"}')).toBe(3);
    expect(scene.log.find('play-end', { stream: 'live/b' })).toEqual([]);
    await other.cut();
  });

  test('a banned address is kept out wherever it comes in, until the ban is lifted', async () => {
    await using scene = await ChangingScene.start(workers);
    const { changes } = scene.control;
    await scene.play('live/a');
    const session = String(scene.log.find('play')[0]?.fields['connection']);
    const before = Date.now();
    expect(await changes.kick({ session }, DAY_MS)).toBe(1);
    const [ban, ...more] = changes.bans();
    expect(ban).toMatchObject({ kind: 'address', value: address });
    expect(Date.parse(ban?.until ?? '') - before).toBeCloseTo(DAY_MS, -4);
    expect(more).toEqual([]);
    await using rtmp = await RawClient.open(scene.port('rtmp'));
    rtmp.connect();
    expect(await rtmp.heard('_error')).toContain(banned);
    await using http = await RawHttp.open(scene.port('http'));
    http.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    await http.heard(new RegExp(`^HTTP/1.1 403 Forbidden\r\n[^]*${banned}`));
    await using webSocket = await WsClient.open(`ws://127.0.0.1:${scene.port('http')}/live/a.flv`);
    expect(await webSocket.closed).toEqual({ code: 4403, reason: banned });
    await expect(TestPublisher.start(scene.port('rtmp'), 'live/a')).rejects.toThrow();
    expect(await scene.metric('streampump_rejected_total{reason="banned"}')).toBe(4);
    await scene.log.waitFor('refused', { reason: 'banned' });
    expect(changes.liftBan('nobody')).toBe(false);
    expect(changes.liftBan(ban?.id ?? '')).toBe(true);
    expect(changes.bans()).toEqual([]);
    await scene.play('live/a');
  });

  test('a banned identity is kept out by whatever it shows, others from its address are not', async () => {
    await using scene = await ChangingScene.start(workers, keys);
    const { changes } = scene.control;
    await scene.play('live/a?key=k1');
    await scene.play('live/a?key=k2');
    expect(await changes.kick({ identity: 'ann' }, DAY_MS)).toBe(1);
    expect(changes.bans()).toMatchObject([{ kind: 'identity', value: 'ann' }]);
    for (let i = 0; i < 3 * workers; i++) expect(await scene.refusal('live/b?key=k1')).toBe(banned);
    await scene.play('live/b?key=k2');
    expect(await scene.refusal('live/b?key=no')).toBe('this key is not known here');
  });
});

test('who has begun nothing yet is ended by address', async () => {
  await using scene = await ChangingScene.start(1);
  await using connected = await RawClient.openConnected(scene.port('rtmp'));
  await using silent = await RawHttp.open(scene.port('http'));
  await using kept = await RawHttp.open(scene.port('http'));
  kept.send('GET /nothing HTTP/1.1\nHost: x\n\n');
  await kept.heard(/404/);
  await expect.poll(() => scene.metric('streampump_sessions{role="pending",protocol="http-flv"}')).toBe(2);
  expect(await scene.control.changes.kick({ address })).toBe(3);
  await Promise.all([connected.closed, silent.closed, kept.closed]);
});

test('one session is ended by its id, and none by the id of none', async () => {
  await using scene = await ChangingScene.start(1);
  const player = await scene.play('live/a');
  await scene.play('live/a');
  const session = String(scene.log.find('play')[0]?.fields['connection']);
  expect(await scene.control.changes.kick({ session })).toBe(1);
  expect((await player.refused).description).toBe(kicked);
  expect(await scene.control.changes.kick({ session })).toBe(0);
  expect(await scene.control.changes.kick({ session: 'w9c999' })).toBe(0);
  expect(scene.log.find('play-end')).toHaveLength(1);
});

test('who has a stream that is ended is banned by address and identity', async () => {
  await using scene = await ChangingScene.start(1, keys);
  await scene.play('live/a?key=k1');
  await scene.play('live/b?key=k2');
  expect(await scene.control.changes.kick({ key: 'live/a' }, DAY_MS)).toBe(1);
  expect(scene.control.changes.bans()).toMatchObject([
    { kind: 'address', value: address },
    { kind: 'identity', value: 'ann' },
  ]);
  expect(scene.log.find('play-end', { stream: 'live/b' })).toEqual([]);
});

test('an address can be banned that nobody comes from now', async () => {
  await using scene = await ChangingScene.start(1);
  expect(await scene.control.changes.kick({ address: '2001:db8::7' }, DAY_MS)).toBe(0);
  expect(scene.control.changes.bans()).toMatchObject([{ kind: 'address', value: '2001:db8::/64' }]);
});

test('the log goes by another level until the configuration is read again', async () => {
  await using scene = await ChangingScene.start(1);
  const { changes } = scene.control;
  expect(changes.logLevel).toBe('info');
  changes.setLogLevel('debug');
  expect(changes.logLevel).toBe('debug');
  expect(scene.log.levels).toEqual(['debug']);
  await scene.reload();
  expect(changes.logLevel).toBe('info');
});

test('a worker that is replaced knows who is banned, and how much is logged', async () => {
  await using scene = await ChangingScene.start(2);
  const { control } = scene;
  if (!(control instanceof Cluster)) throw new Error('no cluster');
  await control.changes.kick({ identity: 'ann' }, DAY_MS);
  await control.changes.kick({ address }, DAY_MS);
  control.changes.setLogLevel('debug');
  for (const index of [0, 1]) {
    const thread = control.workers.get(index)?.worker;
    if (thread === undefined) throw new Error(`there is no worker ${index}`);
    const ended = once(thread, 'exit');
    await thread.terminate();
    await ended;
    await scene.log.waitFor('worker', { worker: index }, { count: 2 }); // died, and runs again
  }
  await using rtmp = await RawClient.open(scene.port('rtmp'));
  rtmp.connect();
  expect(await rtmp.heard('_error')).toContain(banned);
  await rtmp.closed;
  await scene.log.waitFor('closing'); // which is for debugging
});
