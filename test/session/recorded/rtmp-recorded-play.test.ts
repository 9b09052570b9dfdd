import { describe, expect, test } from 'vitest';
import { encodeUserControl, UserControlEvent } from '../../../src/protocol/rtmp/message/user-control.ts';
import { RecordingError } from '../../../src/recording/recording-error.ts';
import { RecordedWays } from '../../../src/session/recorded/recorded-ways.ts';
import type { RawClient } from '../../support/raw-client.ts';
import { bbbKey, RecordedSource } from '../../support/recorded-source.ts';
import { SessionScene } from '../../support/session-scene.ts';

const limits = { tlsOnly: false, maxCacheBytes: 2 ** 24, stallTimeoutMs: 15_000 };
const name = bbbKey.slice('recordings/'.length);

interface Played extends AsyncDisposable {
  readonly scene: SessionScene;
  readonly source: RecordedSource;
  readonly client: RawClient;
}

/** A client that plays, behind what it is sent at once. @param args - of play, behind the name */
async function playing(...args: number[]): Promise<Played> {
  const scene = await SessionScene.start();
  const source = new RecordedSource();
  scene.deeds = new RecordedWays(source, limits, scene.clock).deeds;
  const client = await scene.connected('recordings');
  client.commandOn(1, 'play', 0, null, name, ...args);
  return {
    ...{ scene, source, client },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** All media that goes out by now has come: the answer to a call behind it is there. */
async function settled(client: RawClient, transactionId: number): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  client.command('releaseStream', transactionId, null, 'x');
  await client.answerTo(transactionId);
}

const buffer = (ms: number): Buffer => encodeUserControl(UserControlEvent.setBufferLength, 1, ms);

test('a recording is told as one, in the order of old servers, and ends when all is sent', async () => {
  await using played = await playing(-2);
  const { client } = played;
  await client.heard('onStatus NetStream.Play.Start');
  client.message(4, buffer(3_600_000));
  await client.heard('Stream EOF');
  const said = client.said.filter((line) => !/^type|^_result|^Set|^Window|^onBWDone/.test(line));
  const first = said.indexOf('Stream Is Recorded 1');
  expect(said.slice(first).map((line) => line.replace(/:.*/, ''))).toEqual([
    'Stream Is Recorded 1',
    'Stream Begin 1',
    'onStatus NetStream.Play.Reset on 1',
    'onStatus NetStream.Play.Start on 1',
    'data |RtmpSampleAccess on 1',
    'data onStatus on 1',
    'data onMetaData on 1',
    'data onPlayStatus on 1',
    'onStatus NetStream.Play.Stop on 1',
    'Stream EOF 1',
  ]);
  expect(client.mediaTimes).toHaveLength(685);
  expect(client.mediaTimes.at(-1)).toBe(10_040);
  expect(played.scene.events).toContain('first media');
  client.commandOn(1, 'seek', 0, null, 9500);
  await client.heard('onStatus NetStream.Play.Stop', 2);
  expect(client.mediaTimes.length).toBeGreaterThan(685);
  played.scene.clock.advance(15_000);
  expect(played.source.notes).toEqual([{ did: 'play', key: bbbKey, by: '@127.0.0.1', outcome: 'ended' }]);
});

test('what the buffer holds goes at once, and the rest as time passes', async () => {
  await using played = await playing(0);
  const { client, scene } = played;
  await client.heard('onStatus NetStream.Play.Start');
  await settled(client, 10);
  const ahead = client.mediaTimes.at(-1) ?? 0;
  expect(ahead).toBeGreaterThanOrEqual(3000);
  expect(ahead).toBeLessThan(3600);
  for (let step = 0; step < 20; step++) {
    scene.clock.advance(100);
    await settled(client, 11 + step);
  }
  expect(client.mediaTimes.at(-1)).toBeGreaterThanOrEqual(5000);
  expect(client.mediaTimes.at(-1)).toBeLessThan(5600);
});

describe('play(start, length), in milliseconds', () => {
  test('begins at the keyframe before, counts times from the start, and ends behind the length', async () => {
    await using played = await playing(5000, 3000);
    const { client } = played;
    await client.heard('onStatus NetStream.Play.Start');
    client.message(4, buffer(3_600_000));
    await client.heard('onStatus NetStream.Play.Stop');
    // what is needed to decode the first picture, and nothing before, has time 0
    expect(client.mediaTimes.filter((time) => time === 0).length).toBeGreaterThan(100);
    expect(Math.max(...client.mediaTimes)).toBeGreaterThan(2900);
    expect(Math.max(...client.mediaTimes)).toBeLessThan(3000);
  });

  test.each([-2, -2000, -1, 0])('%i begins at the beginning', async (start) => {
    await using played = await playing(start, -1);
    await played.client.heard('type 9 on 1', 2);
    expect(played.client.mediaTimes.slice(0, 3)).toEqual([0, 0, 0]);
    expect(played.client.said).toContain('Stream Is Recorded 1');
  });
});

test('seek goes to the keyframe before, with the headers again; behind the end it is refused', async () => {
  await using played = await playing(0);
  const { client } = played;
  await client.heard('onStatus NetStream.Play.Start');
  await settled(client, 10);
  const before = client.mediaTimes.length;
  client.commandOn(1, 'seek', 0, null, 9000);
  expect(await client.heard('onStatus NetStream.Seek.Notify')).toContain('keyframe before 9 s');
  await settled(client, 11);
  const since = client.mediaTimes.slice(before);
  expect(since.slice(0, 3)).toEqual([0, 0, 8280]);
  const eof = client.said.indexOf('Stream EOF 1');
  expect(client.said.slice(eof, eof + 3)).toEqual(['Stream EOF 1', 'Stream Is Recorded 1', 'Stream Begin 1']);
  client.commandOn(1, 'seek', 0, null, 20_000);
  expect(await client.heard('onStatus NetStream.Seek.InvalidTime')).toContain('ends at 10.04 s');
});

test('what is paused gets nothing, and goes on where it was, or behind what the player has seen', async () => {
  await using played = await playing(0);
  const { client, scene } = played;
  await client.heard('onStatus NetStream.Play.Start');
  await settled(client, 10);
  client.commandOn(1, 'pause', 0, null, true, 1000);
  expect(await client.heard('onStatus NetStream.Pause.Notify')).toContain('paused at 1 s');
  const sent = client.mediaTimes.length;
  scene.clock.advance(5000);
  await settled(client, 11);
  expect(client.mediaTimes).toHaveLength(sent);
  client.commandOn(1, 'pause', 0, null, false, 1000);
  expect(await client.heard('onStatus NetStream.Unpause.Notify')).toContain('continues at 1 s');
  await settled(client, 12);
  expect(Math.min(...client.mediaTimes.slice(sent))).toBeGreaterThan(1000);
  expect(Math.min(...client.mediaTimes.slice(sent))).toBeLessThan(1050);
});

test('receiveVideo false leaves pictures out from then on', async () => {
  await using played = await playing(0);
  const { client, scene } = played;
  await client.heard('onStatus NetStream.Play.Start');
  client.commandOn(1, 'receiveVideo', 0, null, false);
  await settled(client, 10);
  const pictures = client.said.filter((line) => line === 'type 9 on 1').length;
  for (let step = 0; step < 10; step++) {
    scene.clock.advance(200);
    await settled(client, 11 + step);
  }
  expect(client.mediaTimes.at(-1)).toBeGreaterThan(4500);
  expect(client.said.filter((line) => line === 'type 9 on 1').length).toBe(pictures);
});

test('getStreamLength tells seconds, and 0 of what is not there', async () => {
  await using played = await playing(0);
  const { client } = played;
  client.command('getStreamLength', 30, null, name);
  expect((await client.answerTo(30))[3]).toBe(10.04);
  client.command('getStreamLength', 31, null, name.replace(/A$/, 'B'));
  expect((await client.answerTo(31))[3]).toBe(0);
  client.command('getStreamLength', 32, null, '../live/a');
  expect((await client.answerTo(32))[3]).toBe(0);
});

test('whoever may not and whoever asks for what is not there hear the same', async () => {
  await using played = await playing(0);
  const { client, scene } = played;
  const { ask } = scene.gate;
  scene.gate.ask = async () => ({ refused: 'credentials', description: 'the key is not known here' });
  client.commandOn(2, 'play', 0, null, name);
  const refused = await client.heard('onStatus NetStream.Play.StreamNotFound on 2');
  scene.gate.ask = ask;
  client.commandOn(3, 'play', 0, null, name.replace(/A$/, 'B'));
  const missing = await client.heard('onStatus NetStream.Play.StreamNotFound on 3');
  expect(missing.replace(' on 3', '')).toBe(refused.replace(' on 2', ''));
  expect(scene.events).toContain('rejected: credentials');
});

test('of a damaged piece nothing is sent, and the player is told', async () => {
  await using played = await playing(0);
  const { client, source } = played;
  source.fault = { offset: 300_000, error: new RecordingError('damaged', 'chunk 4 is not what was written') };
  client.message(4, buffer(3_600_000));
  expect(await client.heard('onStatus NetStream.Play.Failed')).toContain('the recording is damaged');
  expect(Math.max(...client.mediaTimes)).toBeLessThan(7000);
  expect(played.scene.log.find('playback-failed', { reason: 'damaged' })).toHaveLength(1);
});

test('closeStream ends it, and the connection stays', async () => {
  await using played = await playing(0);
  const { client, scene } = played;
  await client.heard('onStatus NetStream.Play.Start');
  client.commandOn(1, 'closeStream', 0, null);
  await settled(client, 40);
  expect(scene.events).not.toContain('c1 closed');
  expect(played.source.notes.at(-1)?.outcome).toBe('closed');
});
