import { expect, test } from 'vitest';
import { Followers } from '../../../../src/service/followers.ts';
import { streamNews } from '../../../../src/service/relay/measuring/stream-news.ts';
import type { LiveStream } from '../../../../src/stream/live-stream.ts';
import type { Source } from '../../../../src/stream/source.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

test('a stream that goes on where it was is told and counted once, by the worker that keeps it', () => {
  const log = new RecordingLog();
  let resumed = 0;
  const metrics = { onFlush: () => {}, onResumedPlay: () => {}, onResumed: () => resumed++ };
  const news = streamNews({ log, followers: new Followers(log), metrics: () => metrics });
  const goesOn = (source: Partial<Source>): void =>
    news.onGoesOn?.({ key: 'live/a', source } as unknown as LiveStream);
  goesOn({ address: 'worker 1', isCopy: true });
  expect([resumed, log.lines]).toEqual([0, []]);
  const origin = { type: 'pull', protocol: 'rtmp', url: 'rtmp://up/live/a' } as const;
  goesOn({ address: 'rtmp://up/live/a', origin });
  expect(resumed).toBe(1);
  expect(log.lines).toMatchObject([{ event: 'resumed', text: 'live/a goes on where it was' }]);
});
