import { afterAll, beforeAll, expect, test } from 'vitest';
import { AsfAudience, expectWhole } from '../support/asf-players.ts';
import { contentOf, framesFrom, hashPictures, readHashes, startHashing } from '../support/probe.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { makeSource, pushWithFfmpeg, type Source } from '../support/wms/films.ts';
import { WmsEncoder } from '../support/wms/wms-encoder.ts';

const place = (relay: TestRelay): string => `127.0.0.1:${relay.port('http')}/streams/a`;
const waits = { play: { waitMs: 60_000 } };

let source: Source;
/** With a picture of another size, and so of other streams. */
let other: Source;
beforeAll(async () => {
  [source, other] = await Promise.all([makeSource({ seconds: 3 }), makeSource({ seconds: 3, width: 256 })]);
});
afterAll(async () => {
  await Promise.all([source, other].map((film) => film[Symbol.asyncDispose]()));
});

async function waiting(relay: TestRelay, players: number): Promise<void> {
  const name = 'streampump_sessions{role="waiting",protocol="mmsh"}';
  await expect.poll(() => relay.metric(name), { timeout: 20_000 }).toBe(players);
}

/** The header with a file id of another file: the streams are the same. */
function ofAnotherFile(header: Buffer): Buffer {
  const copy = Buffer.from(header);
  copy.fill(0xab, copy.length - 26, copy.length - 10);
  return copy;
}

/** Sets an encoder up that pushes in real time, and faster. */
function encoderFor(relay: TestRelay, speed = 1.5): Promise<WmsEncoder> {
  return WmsEncoder.setUp({ port: relay.port('http'), path: '/streams/a_push', speed });
}

test('when an encoder goes on with another file of the same streams, every player goes on', async () => {
  await using relay = await startRelay(waits);
  await using audience = await AsfAudience.start(place(relay));
  await using ffmpeg = startHashing(`mmsh://${place(relay)}`);
  await waiting(relay, audience.size - 3);
  await using encoder = await encoderFor(relay);
  await encoder.sendToAll(source.film, () => relay.log.waitFor('play', {}, { count: audience.size + 1 }));
  await encoder.changeTo(ofAnotherFile(source.film.header));
  await encoder.sendPackets(source.film.packets);
  await encoder.end();
  const twice = [...source.pictures, ...source.pictures];
  for (const { player, pictures } of await audience.shown())
    expect(expectWhole(player, pictures, twice)).toBe(0);
  const { video } = readHashes(await ffmpeg.output);
  const times = video.map(({ dtsMs }) => dtsMs);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
});

test('when what comes next has other streams, every player ends well, and gets them when it comes again', async () => {
  await using relay = await startRelay(waits);
  await using audience = await AsfAudience.start(place(relay));
  await waiting(relay, audience.size - 4);
  await using encoder = await encoderFor(relay);
  await encoder.sendToAll(source.film, () => relay.log.waitFor('play', {}, { count: audience.size }));
  await encoder.changeTo(other.film.header);
  const { packets } = other.film;
  await encoder.sendPackets(packets.slice(0, 10));
  for (const { player, pictures } of await audience.shown())
    expect(expectWhole(player, pictures, source.pictures)).toBe(0);
  await using again = startHashing(`mmsh://${place(relay)}`);
  await relay.log.waitFor('play', { client: 'NSPlayer/4.1.0.3856', protocol: 'mmsh' }, { count: 6 });
  await encoder.sendPackets(packets.slice(10));
  await encoder.end();
  const { video } = readHashes(await again.output);
  expect(contentOf(video)).toEqual(contentOf(framesFrom(video[0], other.frames.video)));
  expect(video.length).toBeGreaterThan(50);
});

test('a second encoder takes a stream over from one that hangs, and players go on', async () => {
  await using relay = await startRelay(waits);
  await using mmsh = startHashing(`mmsh://${place(relay)}`);
  await using http = startHashing(`http://${place(relay)}`);
  await waiting(relay, 1);
  await using hung = pushWithFfmpeg(`http://${place(relay)}_push`, source.path, { speed: 1 });
  await mmsh.waitForStdout(/^0, +1\d\d\d,/m);
  hung.kill('SIGSTOP');
  await using second = pushWithFfmpeg(`http://${place(relay)}_push`, source.path, { speed: 2 });
  await relay.published('streams/a', 2);
  await second.output;
  for (const player of [mmsh, http]) {
    const { video } = readHashes(await player.output);
    const times = video.map(({ dtsMs }) => dtsMs);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    const whole = contentOf(source.frames.video);
    const joint = contentOf(video).lastIndexOf(whole[0] ?? '');
    expect(joint).toBeGreaterThan(20);
    expect(contentOf(video)).toEqual([...whole.slice(0, joint), ...whole]);
  }
});

test('when an upstream fails and the next one has other streams, players end well and come again for them', async () => {
  await using stack = new AsyncDisposableStack();
  const first = await startRelay();
  stack.defer(() => first[Symbol.asyncDispose]());
  const second = stack.use(await startRelay());
  const urls = [first, second].map((relay) => `mmsh://${place(relay)}`);
  const edge = stack.use(await startRelay({ streams: pullAll(urls, { silenceMs: 1500 }), ...waits }));
  stack.use(pushWithFfmpeg(`http://${place(first)}_push`, source.path, { speed: 1, times: 100 }));
  stack.use(pushWithFfmpeg(`http://${place(second)}_push`, other.path, { speed: 1, times: 100 }));
  await Promise.all([first, second].map((relay) => relay.published('streams/a')));
  const player = stack.use(startHashing(`mmsh://${place(edge)}`));
  await player.waitForStdout(/^0, +\d+,/m);
  await first[Symbol.asyncDispose]();
  const ended = contentOf(readHashes(await player.output).video);
  expect(contentOf(source.frames.video)).toEqual(expect.arrayContaining(ended));
  expect(source.pictures).not.toEqual(other.pictures);
  const pictures = await hashPictures(`mmsh://${place(edge)}`, '-t', '1');
  expect(pictures.length).toBeGreaterThan(20);
  expect(other.pictures).toEqual(expect.arrayContaining(pictures));
});
