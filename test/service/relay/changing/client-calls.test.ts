import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amfObject } from '../../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { ChangingScene } from '../../../support/changing-scene.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { RawClient } from '../../../support/raw-client.ts';
import type { TestPlayer } from '../../../support/test-player.ts';

const audio = (timestamp: number) => ({
  ...{ type: 8 as const, timestamp, payload: Buffer.from('af01aabb', 'hex') },
});
const keyframe = (timestamp: number) => ({
  ...{ type: 9 as const, timestamp, payload: Buffer.from('1701000000aabbccdd', 'hex') },
});

/** The data messages that a player has got, as their times and values. */
function dataOf({ messages }: TestPlayer): unknown[][] {
  return messages
    .filter(({ type }) => type === 18)
    .map(({ timestamp, payload }) => [timestamp, ...decodeAmf0(payload)]);
}

describe.each([1, 2])('with %i workers', (workers) => {
  let scene: ChangingScene;

  beforeAll(async () => {
    scene = await ChangingScene.start(workers, { calls: { openPerSession: 2 } });
  });

  afterAll(() => scene[Symbol.asyncDispose]());

  async function connected(flashVer: string): Promise<readonly [RawClient, string]> {
    const client = await RawClient.open(scene.port('rtmp'));
    client.connect('live', { flashVer });
    await client.answerTo(1);
    const [, list] = (await scene.answer('GET sessions')) as [
      number,
      { items: { id: string; client: string }[] },
    ];
    return [client, list.items.find((one) => one.client === flashVer)?.id ?? ''];
  }

  test('an operator calls a client, and is told what it answers', async () => {
    const [client, id] = await connected('callee');
    await using _ = client;
    const answers = [
      scene.answer(`POST sessions/${id}/call`, { name: 'add', args: [1, { $amf: 'undefined' }] }),
      scene.answer(`POST sessions/${id}/call`, { name: 'fail' }),
    ];
    await client.heard('add');
    await client.heard('fail');
    const idOf = (name: string) => client.commands.find(([command]) => command === name)?.[1] ?? 0;
    expect(client.commands).toContainEqual(['add', idOf('add'), null, 1, undefined]);
    expect(await scene.answer(`POST sessions/${id}/call`, { name: 'more' })).toEqual([
      429,
      { error: 'too-many', message: `too many calls wait for answers of the client of session ${id}` },
    ]);
    client.command('_result', idOf('add'), null, amfObject({ at: new Date(0) }));
    client.command('_error', idOf('fail'), null, amfObject({ code: 'No' }));
    expect(await Promise.all(answers)).toEqual([
      [200, { result: { at: { $amf: 'date', value: '1970-01-01T00:00:00.000Z' } } }],
      [200, { error: { code: 'No' } }],
    ]);
    expect(await scene.answer(`POST sessions/${id}/call`, { name: 'slow', timeoutMs: 20 })).toEqual([
      504,
      { error: 'timeout', message: `the client of session ${id} has not answered in time` },
    ]);
    const left = scene.answer(`POST sessions/${id}/call`, { name: 'leave' });
    await client.heard('leave');
    client.socket.destroy();
    expect(await left).toEqual([
      409,
      { error: 'conflict', message: `the client of session ${id} has left without an answer` },
    ]);
    expect(await scene.metric('streampump_calls_total{direction="to-client",outcome="answered"}')).toBe(1);
  });

  test('nobody is called who is not there or cannot be', async () => {
    await using http = await RawHttp.open(scene.port('http'));
    http.send('GET /live/nothing.flv HTTP/1.1\nHost: x\n\n');
    await scene.log.waitFor('play', { stream: 'live/nothing' });
    const id = scene.log.find('play', { stream: 'live/nothing' })[0]?.fields['connection'];
    expect(await scene.answer(`POST sessions/${id}/call`, { name: 'add' })).toEqual([
      409,
      { error: 'conflict', message: `the client of session ${id} cannot be called` },
    ]);
    const other = workers === 1 ? 'c999' : 'w0c999';
    expect(await scene.answer(`POST sessions/${other}/call`, { name: 'add' })).toEqual([
      404,
      { error: 'not-found', message: `there is no session ${other}` },
    ]);
    const [status, problem] = await scene.answer(`POST sessions/${other}/call`, {
      name: 'add',
      args: [{ $amf: 'nonsense' }],
    });
    expect([status, problem]).toEqual([
      400,
      { error: 'bad-request', message: 'args: an object whose $amf is no type' },
    ]);
  });

  test('data reaches those who play, at its place among the media, and nobody who comes later', async () => {
    const publisher = await scene.publish('live/a');
    publisher.sendMedia(keyframe(1000), audio(1010));
    const players = await Promise.all([1, 2, 3].map(() => scene.play('live/a')));
    await using http = await RawHttp.open(scene.port('http'));
    http.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
    await Promise.all(players.map((player) => player.mediaOf(2)));
    await http.heard(/\xaa\xbb/);
    const path = 'POST streams/live%2Fa/data';
    expect(
      await scene.answer(path, { name: 'onScore', values: ['blue', { $amf: 'date', value: null }] }),
    ).toEqual([204, null]);
    publisher.sendMedia(audio(1050), keyframe(1060));
    for (const player of players) {
      await player.mediaOf(4);
      expect(dataOf(player).filter(([, name]) => name === 'onScore')).toEqual([
        [1010, 'onScore', 'blue', new Date(Number.NaN)],
      ]);
      const at = player.messages.findIndex(({ payload }) => payload.includes('onScore'));
      expect(player.messages.slice(0, at).at(-1)?.timestamp).toBe(1010);
      expect(player.messages.at(at + 1)?.timestamp).toBe(1050);
    }
    await http.heard(/onScore(?:.|\s)*\xaa\xbb/);
    expect(await scene.answer(path, { name: 'again' })).toEqual([204, null]);
    publisher.sendMedia(audio(1070));
    const late = await scene.play('live/a');
    await late.mediaOf(2);
    expect(late.media.map(({ timestamp }) => timestamp)).toEqual([1060, 1070]);
    expect(dataOf(late).filter(([, name]) => name === 'again')).toEqual([]);
  });

  test('data needs a stream that is live, and a name of its own', async () => {
    expect(await scene.answer('POST streams/live%2Fnobody/data', { name: 'x' })).toEqual([
      404,
      { error: 'not-found', message: 'stream live/nobody is not live here' },
    ]);
    const publisher = await scene.publish('live/b');
    publisher.sendMedia(keyframe(0));
    const player = await scene.play('live/b');
    await player.mediaOf(1);
    for (const name of ['onMetaData', 'onStatus', '@setDataFrame'])
      expect(await scene.answer('POST streams/live%2Fb/data', { name, values: ['x'] })).toEqual([
        400,
        {
          error: 'bad-request',
          message: 'name: expected one that means nothing to players, servers and relays yet',
        },
      ]);
  });
});
