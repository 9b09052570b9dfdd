import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../../src/credentials/password-verifiers.ts';
import { AsfAudience, expectWhole } from '../support/asf-players.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { freePorts } from '../support/free-port.ts';
import { contentOf, framesFrom, type HashedFrames, readHashes, startHashing } from '../support/probe.ts';
import { Recipe } from '../support/recipe.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { packetBytesOf } from '../support/wms/asf-film.ts';
import { makeSource, pushWithFfmpeg, type Source } from '../support/wms/films.ts';
import { withScriptCommands } from '../support/wms/script-commands.ts';
import { asfOf, fetchAsPlayer, readServed } from '../support/wms/served-packets.ts';
import { PushRefusal, WmsEncoder, type WmsEncoderOptions } from '../support/wms/wms-encoder.ts';

const place = (relay: TestRelay): string => `127.0.0.1:${relay.port('http')}/streams/a`;
const waits = { play: { waitMs: 60_000 } };

let source: Source;
beforeAll(async () => {
  source = await makeSource({ seconds: 5 });
});
afterAll(() => source[Symbol.asyncDispose]());

/** Resolves when so many players wait for their stream. */
async function waiting(relay: TestRelay, players: number, protocol = 'mmsh'): Promise<void> {
  const name = `streampump_sessions{role="waiting",protocol="${protocol}"}`;
  await expect.poll(() => relay.metric(name), { timeout: 20_000 }).toBe(players);
}

/** Sets an encoder up that pushes to a relay. */
function encoderFor(relay: TestRelay, options: Partial<WmsEncoderOptions> = {}): Promise<WmsEncoder> {
  return WmsEncoder.setUp({ port: relay.port('http'), path: '/streams/a_push', ...options });
}

test('what an encoder pushes through a proxy, with commands in it, is shown by every player', async () => {
  await using relay = await startRelay(waits);
  await using audience = await AsfAudience.start(place(relay));
  await waiting(relay, audience.size - 4);
  await using encoder = await encoderFor(relay, { contentLength: 100_000, speed: 1.5 });
  const film = withScriptCommands(source.film);
  await encoder.sendToAll(film, () => relay.log.waitFor('play', {}, { count: audience.size }));
  await encoder.end();
  expect(encoder.answered).toBeGreaterThan(2);
  for (const { player, pictures } of await audience.shown()) {
    expect(expectWhole(player, pictures, source.pictures)).toBe(0);
  }
});

test.for<[string, Partial<WmsEncoderOptions>]>([
  ['in one request', {}],
  ['in requests over a connection each', { contentLength: 70_000, reconnects: true }],
  ['with data packet headers and its header in pieces', { headerPieceBytes: 700 }],
])('every packet that an encoder pushes %s comes through', async ([, options]) => {
  await using relay = await startRelay(waits);
  await using players = await startHashers(relay);
  await using encoder = await encoderFor(relay, { ...options, speed: 5 });
  await encoder.push(source.film);
  expectAll(await players.played());
});

/** ffmpeg, once by MMSH and once by plain HTTP, before there is a stream. */
async function startHashers(relay: TestRelay) {
  const mmsh = startHashing(`mmsh://${place(relay)}`);
  const http = startHashing(`http://${place(relay)}`);
  await waiting(relay, 1);
  await waiting(relay, 1, 'asf-http');
  return {
    /** Both to the end: who waits with its one request gets all, and who describes first all from a keyframe on. */
    played: async () => [readHashes(await http.output), readHashes(await mmsh.output)] as const,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([mmsh, http].map((tool) => tool[Symbol.asyncDispose]()));
    },
  };
}

/** Holds players to it that they have got every frame of a source, so many times. */
function expectAll(
  [http, mmsh]: readonly [HashedFrames, HashedFrames],
  { frames }: Source = source,
  times = 1,
): void {
  const all = Array.from({ length: times }, () => contentOf(frames.video)).flat();
  expect(contentOf(http.video)).toEqual(all);
  expect(contentOf(http.audio).slice(0, 100)).toEqual(contentOf(frames.audio.slice(1)).slice(0, 100)); // the first is before the first keyframe
  const { length } = mmsh.video;
  expect(length).toBeGreaterThan(all.length / 4);
  expect((all.length - length) % 25).toBe(0);
  expect(contentOf(mmsh.video)).toEqual(all.slice(-length));
}

test('ten minutes arrive whole, a hundred times as fast as they are shown', async () => {
  // at this speed a busy machine's players are soon seconds of media behind, and begin some groups late if these are short
  const patient = { maxDelayMs: 0, maxBacklogBytes: 2 ** 28, maxBacklogMs: 600_000 };
  await using relay = await startRelay({ ...waits, fanOut: patient });
  await using film = await makeSource({ seconds: 5, keyframeEvery: 125 });
  await using players = await startHashers(relay);
  await using ffmpeg = pushWithFfmpeg(`http://${place(relay)}_push`, film.path, { times: 120, speed: 100 });
  await ffmpeg.output;
  const played = await players.played();
  expectAll(played, film, 120);
  for (const { video } of played) {
    const times = video.map(({ dtsMs }) => dtsMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }
  expect((played[0].video.at(-1)?.dtsMs ?? 0) - (played[0].video[0]?.dtsMs ?? 0)).toBeGreaterThan(590_000);
});

test('sound alone comes through, pushed by ffmpeg and by an encoder', async () => {
  await using relay = await startRelay(waits);
  await using sound = await makeSource({ kind: 'audio', seconds: 5 });
  const hashing = ['-nostdin', '-v', 'error', '-i'];
  const output = ['-map', '0:a', '-c', 'copy', '-f', 'framemd5', '-'];
  const hash = (url: string) => runTool('ffmpeg', [...hashing, url, ...output]);
  await using file = hash(sound.path);
  const expected = readHashes(await file.output).video; // stream 0 is sound here
  const expectSound = (framemd5: string): void => {
    const { video: played } = readHashes(framemd5);
    expect(played.length).toBeGreaterThan(50); // of 108: whoever describes first comes when some are gone
    expect(contentOf(played)).toEqual(contentOf(framesFrom(played[0], expected)));
  };
  await using mmsh = hash(`mmsh://${place(relay)}`);
  await using http = hash(`http://${place(relay)}`);
  await waiting(relay, 1);
  await using ffmpeg = pushWithFfmpeg(`http://${place(relay)}_push`, sound.path, { speed: 5 });
  await ffmpeg.output;
  for (const tool of [mmsh, http]) expectSound(await tool.output);
  await using again = hash(`mmsh://${place(relay)}`);
  await waiting(relay, 1);
  await using encoder = await encoderFor(relay, { speed: 5 });
  await encoder.push(sound.film);
  expectSound(await again.output);
});

/** MD5 of the pictures of the second video stream. */
async function secondPictures(input: string | Buffer): Promise<string[]> {
  const decoded = ['-map', '0:v:1', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const isFile = typeof input === 'string';
  const args = ['-nostdin', '-v', 'error', '-i', isFile ? input : '-', ...decoded];
  await using ffmpeg = runTool('ffmpeg', args, isFile ? {} : { input });
  return readHashes(await ffmpeg.output).video.map(({ hash }) => hash);
}

test('of two video streams all frames come through; who switches off the first begins with the second', async () => {
  await using relay = await startRelay(waits);
  await using two = await makeSource({ kind: 'two videos', seconds: 4 });
  await using http = startHashing(`http://${place(relay)}`);
  await waiting(relay, 1, 'asf-http');
  await using encoder = await encoderFor(relay, { speed: 3 });
  await encoder.sendHeader(two.film.header);
  const half = two.film.packets.length / 2;
  await encoder.sendPackets(two.film.packets.slice(0, half));
  await using player = fetchAsPlayer(
    `http://${place(relay)}`,
    'stream-switch-count=3',
    'stream-switch-entry=ffff:1:2 ffff:2:0 ffff:3:0',
  );
  await relay.log.waitFor('play', { protocol: 'mmsh' });
  await encoder.sendPackets(two.film.packets.slice(half));
  await encoder.end();
  const played = readHashes(await http.output);
  expect(contentOf(played.video)).toEqual(contentOf(two.frames.video));
  expect(contentOf(played.audio)).toEqual(contentOf(two.frames.audio)); // output 1, the second video
  await player.output;
  const asf = asfOf(readServed(player.stdoutBuffer), packetBytesOf(two.film.header));
  const [shown, all] = await Promise.all([secondPictures(asf), secondPictures(two.path)]);
  expect(shown.length).toBeGreaterThan(40);
  expect(shown).toEqual(all.slice(-shown.length));
});

test('encoders show user and password by Digest, ffmpeg too; who shows nothing or a wrong one is asked again', async () => {
  const users = [await hashPassword('studio', 's3cret', ['digest'], 'streampump')];
  const rules = [{ match: 'streams/**', verbs: ['publish'], require: [{ type: 'password', users }] }];
  await using relay = await startRelay({ ...waits, access: { rules, failures: { delayMs: 0 } } });
  const user = { name: 'studio', password: 's3cret' };
  for (const wrong of [{}, { user: { ...user, password: 'guess' } }])
    await expect(encoderFor(relay, wrong)).rejects.toMatchObject({ status: 401 });
  await using players = await startHashers(relay);
  await using encoder = await encoderFor(relay, { user, contentLength: 70_000, reconnects: true, speed: 5 });
  await encoder.push(source.film);
  await using more = await startHashers(relay);
  await using ffmpeg = pushWithFfmpeg(`http://studio:s3cret@${place(relay)}_push`, source.path, { speed: 5 });
  await ffmpeg.output;
  expectAll(await players.played());
  expectAll(await more.played());
  expect(JSON.stringify(relay.log.lines)).not.toContain('s3cret');
});

test("another stream's push-id, or one that nobody has given, is no way in", async () => {
  await using relay = await startRelay();
  await using encoder = await encoderFor(relay);
  const { pushId } = encoder;
  expect(pushId).toMatch(/^\d+$/);
  await using other = await encoderFor(relay, { path: '/streams/b_push', pushId });
  await expect(other.push(source.film)).rejects.toBeInstanceOf(PushRefusal);
});

test('an encoder pushes over TLS with stunnel, as the docs say', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('relay', { names: 'DNS:relay.example' });
  await using relay = await startRelay({
    ...waits,
    listen: { https: { host: '127.0.0.1', port: 0, certFile, keyFile } },
  });
  const [accept = 0] = await freePorts(1);
  await using recipe = await Recipe.open('docs/mmsh.md', 'Over TLS', {
    '127.0.0.1:8089': `127.0.0.1:${accept}`,
    'connect = relay.example:8443': `connect = 127.0.0.1:${relay.port('https')}`,
  });
  await recipe.write('relay.crt', await readFile(certFile, 'utf8'));
  await recipe.write('stunnel.conf', recipe.blocks('text')[0] ?? '');
  await using stunnel = recipe.start(recipe.blocks('sh')[0] ?? '');
  await stunnel.waitForStderr(/Configuration successful/);
  await using players = await startHashers(relay);
  await using encoder = await encoderFor(relay, { port: accept, contentLength: 70_000, speed: 5 });
  await encoder.push(source.film);
  expectAll(await players.played());
  expect(relay.log.find('publish')[0]?.fields).toMatchObject({ stream: 'streams/a' });
});
