import { afterAll, beforeAll, expect, test } from 'vitest';
import { AsfAudience, asfPlayers, expectWhole } from '../support/asf-players.ts';
import { contentOf, framesFrom, readHashes, readProbe, startHashing, startProbe } from '../support/probe.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { makeSource, pushWithFfmpeg, type Source } from '../support/wms/films.ts';

const at = (relay: TestRelay, path: string): string => `127.0.0.1:${relay.port('http')}${path}`;

/** One of each program. */
const programs = ['ffmpeg, mmsh', 'VLC, mms:', 'MPlayer, mmsh', 'libmms, mms:', 'GStreamer'];
const oneOfEach = asfPlayers.filter(({ name }) => programs.some((program) => name.startsWith(program)));

let source: Source;
beforeAll(async () => {
  source = await makeSource({ seconds: 6 });
});
afterAll(() => source[Symbol.asyncDispose]());

/** Resolves when so many players wait for their stream. */
async function waiting(relay: TestRelay, protocol: string, players: number): Promise<void> {
  const name = `streampump_sessions{role="waiting",protocol="${protocol}"}`;
  await expect.poll(() => relay.metric(name), { timeout: 20_000 }).toBe(players);
}

test('every player waits for a stream or joins it late, and shows all of it from a keyframe on', async () => {
  await using relay = await startRelay({ play: { waitMs: 60_000 } });
  const place = at(relay, '/streams/a');
  await using early = await AsfAudience.start(place, oneOfEach);
  await waiting(relay, 'mmsh', 4);
  await waiting(relay, 'asf-http', 1);
  await using ffmpeg = startHashing(`mmsh://${place}`);
  await waiting(relay, 'mmsh', 5);
  await using publisher = pushWithFfmpeg(`http://${place}_push`, source.path, { speed: 1 });
  await relay.log.waitFor('play', { protocol: 'mmsh' });
  publisher.kill('SIGSTOP'); // until all who waited have come again to play
  await relay.log.waitFor('play', {}, { count: early.size + 1 });
  publisher.kill('SIGCONT');
  await ffmpeg.waitForStdout(/^0, +1[3-9]\d\d,/m); // 1.3 s into the film, so within a group
  await using late = await AsfAudience.start(place);
  await using lateFfmpeg = startHashing(`mmsh://${place}`);
  await using ffprobe = startProbe(`http://${place}`);
  await publisher.output;

  for (const { player, pictures } of await early.shown())
    expect(expectWhole(player, pictures, source.pictures)).toBe(0);
  for (const { player, pictures } of await late.shown())
    expect(expectWhole(player, pictures, source.pictures)).toBeGreaterThan(0);
  const played = readHashes(await ffmpeg.output);
  expect(contentOf(played.video)).toEqual(contentOf(source.frames.video));
  expect(contentOf(played.audio)).toEqual(contentOf(source.frames.audio.slice(1))); // the first is before the first keyframe
  const joined = readHashes(await lateFfmpeg.output);
  expect(contentOf(joined.video)).toEqual(contentOf(framesFrom(joined.video[0], source.frames.video)));
  expect(contentOf(joined.audio)).toEqual(contentOf(framesFrom(joined.audio[0], source.frames.audio)));
  const { codecs, firstVideo } = await readProbe(ffprobe);
  expect(codecs).toEqual(['wmav2', 'wmv2']);
  expect(firstVideo?.isKey).toBe(true);
});
