import { expect, test } from 'vitest';
import { CountingClient } from '../support/counting-client.ts';
import { runLoad } from '../support/load-run.ts';
import { bbbTags } from '../support/media.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

test('counts what an independent client counts on the same relay', async () => {
  await using relay = await startRelay({ publish: { graceMs: 0 } });
  const run = runLoad([
    relay.rtmpUrl('live/a'),
    ...['--players', '6', '--ramp', '100', '--max-failures', '6'],
  ]);
  await using client = await CountingClient.play(relay.port('rtmp'), 'live', 'a');
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 7 });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...bbbTags());
  await publisher.finish();

  const one = await client.ended();
  const { exitCode, report } = await run;
  expect(one.videoMessages).toBe(bbbTags().filter(({ type }) => type === 9).length);
  expect(report.counts).toMatchObject({
    played: 6,
    audioMessages: 6 * one.audioMessages,
    videoMessages: 6 * one.videoMessages,
    mediaBytes: 6 * one.mediaBytes,
    stampedMessages: 0,
  });
  expect(report.failures).toMatchObject([{ reason: 'the stream has ended', count: 6 }]);
  expect(report.broken).toEqual(['nothing was measured: the test ended before the measurement began']);
  expect(exitCode).toBe(1);
});
