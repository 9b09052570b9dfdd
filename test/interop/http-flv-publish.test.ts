import { expect, test } from 'vitest';
import { curl } from '../support/http-client.ts';
import { bbbPath } from '../support/media.ts';
import { contentOf, framesFrom, hashFile, hashFlv, readHashes, startHashing } from '../support/probe.ts';
import { playWithRtmpdump } from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

type Publish = (url: string) => RunningTool;

const publishWithFfmpeg =
  (...options: string[]): Publish =>
  (url) =>
    runTool('ffmpeg', [
      ...['-hide_banner', '-nostdin', '-v', 'error', '-readrate', '10', '-i', bbbPath, '-c', 'copy'],
      ...['-f', 'flv', '-flvflags', 'no_duration_filesize', ...options, url],
    ]);

const publishers: Record<string, Publish> = {
  'ffmpeg with PUT': publishWithFfmpeg('-method', 'PUT'),
  'ffmpeg with POST': publishWithFfmpeg('-method', 'POST'),
  'curl with a length': (url) => curl('-f', '-T', bbbPath, url),
  'curl in chunks, with Expect': (url) =>
    curl('-f', '-H', 'Transfer-Encoding: chunked', '-H', 'Expect: 100-continue', '-T', bbbPath, url),
};

test.for(Object.entries(publishers))(
  'what %s publishes is played over RTMP and HTTP',
  async ([, publish]) => {
    await using relay = await startRelay();
    await using rtmpdump = playWithRtmpdump(relay.rtmpUrl('live/a'), '--live');
    await using ffmpeg = startHashing(relay.flvUrl('live/a'));
    await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
    await using publisher = publish(relay.flvUrl('live/a'));
    await publisher.output;
    await relay.log.waitFor('unpublish', { stream: 'live/a', reason: 'ended' });
    const source = await hashFile(bbbPath);
    await rtmpdump.exited;
    for (const played of [readHashes(await ffmpeg.output), await hashFlv(rtmpdump.stdoutBuffer)]) {
      // whoever sends all at once has its players begin at a later keyframe
      for (const kind of ['video', 'audio'] as const) {
        expect(played[kind].length).toBeGreaterThan(40);
        expect(contentOf(played[kind])).toEqual(contentOf(framesFrom(played[kind][0], source[kind])));
      }
    }
  },
);

test('ffmpeg that is killed is no end: players wait for it', async () => {
  await using relay = await startRelay();
  await using fetched = curl(relay.flvUrl('live/a'));
  await relay.log.waitFor('play');
  await using first = publishWithFfmpeg('-method', 'PUT')(relay.flvUrl('live/a'));
  await fetched.waitForStdout(/FLV/);
  await first.stop('SIGKILL');
  await relay.log.waitFor('unpublish', { reason: 'closed' });
  await using second = publishWithFfmpeg('-method', 'PUT')(relay.flvUrl('live/a'));
  await second.output;
  expect((await fetched.exited).code).toBe(0);
});

test('curl reads why it may not publish', async () => {
  await using relay = await startRelay({ access: { publish: [] } });
  await using tool = curl('-w', '%{http_code}', '-T', bbbPath, relay.flvUrl('live/a'));
  await tool.exited;
  expect(tool.stdoutBuffer.toString()).toContain("the server's setting access.publish does not list it\n403");
});
