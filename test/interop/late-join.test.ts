import { expect, test } from 'vitest';
import { bbbPath, bbbTags } from '../support/media.ts';
import {
  contentOf,
  framesFrom,
  hashFile,
  hashFlv,
  probeFlv,
  readHashes,
  readProbe,
  startHashing,
  startProbe,
} from '../support/probe.ts';
import { playWithRtmp2Src, playWithRtmpdump, publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Publishes the test media step by step; each resolves when the relay has passed on all of it. */
class SteppedPublisher implements AsyncDisposable {
  readonly #publisher: TestPublisher;
  readonly #observer: TestPlayer;
  #left = bbbTags();

  private constructor(publisher: TestPublisher, observer: TestPlayer) {
    this.#publisher = publisher;
    this.#observer = observer;
  }

  static async start(relay: TestRelay, key: string): Promise<SteppedPublisher> {
    const observer = TestPlayer.play(relay.port('rtmp'), key);
    return new SteppedPublisher(await TestPublisher.start(relay.port('rtmp'), key), observer);
  }

  async sendUpTo(ms: number): Promise<void> {
    const step = this.#left.filter(({ timestamp }) => timestamp < ms);
    this.#left = this.#left.slice(step.length);
    this.#publisher.sendMedia(...step);
    const lastMs = step.at(-1)?.timestamp;
    await this.#observer.waitFor(({ timestamp }) => timestamp === lastMs);
  }

  async finish(): Promise<void> {
    this.#publisher.sendMedia(...this.#left);
    await this.#publisher.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#publisher.cut(), this.#observer.cut()]);
  }
}

// Keyframes of the test media are at 80, 3080, 5360 and 8280 ms.
test.for([
  { query: '', firstVideoMs: 3080, start: 'at the latest keyframe' },
  { query: '?start=live', firstVideoMs: 5360, start: 'at the next keyframe' },
])('a player that joins mid-group with "$query" starts $start', async ({ query, firstVideoMs }) => {
  await using relay = await startRelay();
  await using publisher = await SteppedPublisher.start(relay, 'live/a');
  await publisher.sendUpTo(2000);
  await publisher.sendUpTo(4300);
  const url = relay.rtmpUrl(`live/a${query}`);
  await using ffprobe = startProbe(url);
  await using ffmpeg = startHashing(url);
  await using rtmpdump = playWithRtmpdump(url, '--live');
  await using rtmp2src = playWithRtmp2Src(url);
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 5 });
  await publisher.sendUpTo(6000);
  await publisher.finish();

  await Promise.all([rtmpdump.output, rtmp2src.output]);
  for (const probed of [
    await readProbe(ffprobe),
    await probeFlv(rtmpdump.stdoutBuffer),
    await probeFlv(rtmp2src.stdoutBuffer),
  ]) {
    expect(probed.codecs).toEqual(['aac', 'h264']);
    expect(probed.firstVideo).toEqual({ kind: 'video', ptsMs: firstVideoMs, isKey: true });
  }
  const source = await hashFile(bbbPath);
  const played = readHashes(await ffmpeg.output);
  expect(played.video[0]?.dtsMs).toBe(firstVideoMs);
  expect(played.video).toEqual(framesFrom(played.video[0], source.video));
  expect(played.audio).toEqual(framesFrom(played.audio[0], source.audio));
});

test('players that join a stream while ffmpeg publishes it in real time get every frame from a keyframe on', async () => {
  await using relay = await startRelay();
  const url = relay.rtmpUrl('live/a');
  await using early = startHashing(url);
  await using publisher = publishWithFfmpeg(url, { realTime: true, seconds: 4.5 });
  await early.waitForStdout(/^0, +1[5-9]\d\d,/m); // 1.5 s into the first group
  await using ffprobe = startProbe(url);
  await using ffmpeg = startHashing(url);
  await using rtmpdump = playWithRtmpdump(url);
  await publisher.output;

  const { codecs, kinds, firstVideo } = await readProbe(ffprobe);
  expect(codecs).toEqual(['aac', 'h264']);
  expect(kinds).not.toContain('subtitle'); // which ffmpeg makes of metadata that has a time
  expect(firstVideo).toEqual({ kind: 'video', ptsMs: 80, isKey: true });
  const all = readHashes(await early.output);
  await rtmpdump.output;
  for (const played of [readHashes(await ffmpeg.output), await hashFlv(rtmpdump.stdoutBuffer)]) {
    expect(played.video.length).toBeGreaterThan(100);
    expect(played.video).toEqual(all.video);
    expect(played.audio).toEqual(framesFrom(played.audio[0], all.audio));
  }
  const source = await hashFile(bbbPath);
  expect(contentOf(all.video)).toEqual(contentOf(source.video).slice(0, all.video.length));
});
