import { expect, test } from 'vitest';
import { hookSettings } from '../../../../src/config/hooks/hook-settings.ts';
import { Tellers, toldEventsOf } from '../../../../src/service/hooks/telling/tellers.ts';
import type { ToldEvent } from '../../../../src/service/hooks/telling/told-event.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

function hooksOf(...hooks: readonly object[]) {
  const settings = hookSettings.parse(hooks);
  return settings.map((each, index) => ({ name: `hooks.${index}`, settings: each, secret: undefined }));
}

const url = 'http://127.0.0.1:9/hook';
const streamUp = (stream: string): ToldEvent => ({
  ...{ event: 'streamUp', id: 'x', atMs: 0, stream, durationMs: undefined },
});

/** Tellers whose connections are never made. */
function scene() {
  const clock = new FakeClock();
  const tellers = new Tellers({ clock, log: new RecordingLog(), relay: 'edge1', connect: () => () => {} });
  const samples = () =>
    [...tellers.samples()].map(({ hook, queueLength, counts }) => [hook, queueLength, counts.lost]);
  return { clock, tellers, samples };
}

test('what is a question is not told as well', () => {
  const events = ['connect', 'publish', 'play', 'stop', 'recheck'];
  const [asked, told, program] = hooksOf(
    { events, url },
    { events, url, asks: false },
    { events, exec: ['/bin/true'] },
  ).map(({ settings }) => [...toldEventsOf(settings)]);
  expect(asked).toEqual(['stop', 'recheck']);
  expect(told).toEqual(['publish', 'play', 'stop', 'recheck']);
  expect(program).toEqual(['publish', 'play', 'stop', 'recheck']);
});

test('only hooks that are about a stream and an event are told', async () => {
  const { tellers, samples } = scene();
  tellers.configure(
    hooksOf(
      { match: 'live/**', events: ['streamUp'], url },
      { match: 'tv/**', events: ['streamUp', 'streamDown'], url },
    ),
  );
  expect(tellers.wants('streamUp', 'live/a')).toBe(true);
  expect(tellers.wants('streamDown', 'live/a')).toBe(false);
  expect(tellers.wants('streamUp', 'other/a')).toBe(false);
  tellers.tell(streamUp('tv/a'));
  expect(samples()).toEqual([
    ['hooks.0', 0, 0],
    ['hooks.1', 1, 0],
  ]);
  const finished = tellers.finish(0);
  tellers.configure([]);
  expect(tellers.isIdle).toBe(true);
  void finished;
});

test('a hook that has not changed goes on with what it has; one that is gone tells the rest', async () => {
  const { clock, tellers, samples } = scene();
  const [first, second] = [
    { events: ['streamUp'], url },
    { events: ['streamUp'], url, match: 'live/**' },
  ];
  tellers.configure(hooksOf(first, second));
  tellers.tell(streamUp('live/a'));
  tellers.configure(hooksOf(first));
  expect(samples()).toEqual([
    ['hooks.0', 1, 0],
    ['hooks.1', 1, 0],
  ]);
  tellers.tell(streamUp('live/b'));
  expect(samples()).toEqual([
    ['hooks.0', 2, 0],
    ['hooks.1', 1, 0],
  ]);
  const finished = tellers.finish(1000);
  clock.advance(1000);
  await finished;
  expect(samples().map(([, , lost]) => lost)).toEqual([1, 2]); // the one that is gone comes first
});

test('of each hook it is known how it does, without what is secret in its URL or the arguments of its program', () => {
  const { tellers } = scene();
  tellers.configure(
    hooksOf(
      {
        match: 'live/**',
        events: ['publish', 'streamUp'],
        url: 'http://me:s3cret@127.0.0.1:9/hook?token=s3cret',
      },
      { events: ['stop'], exec: ['/bin/notify', '--token', 's3cret'] },
    ),
  );
  tellers.tell(streamUp('live/a'));
  const none = { told: 0, failed: 0, lost: 0 };
  expect(tellers.states()).toEqual([
    {
      ...{
        hook: 'hooks.0',
        kind: 'told',
        match: 'live/**',
        events: ['streamUp'],
        target: 'http://127.0.0.1:9/***',
      },
      ...{ breaker: 'closed', waiting: 1, counts: none, lastProblem: undefined },
    },
    {
      ...{ hook: 'hooks.1', kind: 'exec', match: '**', events: ['stop'], target: '/bin/notify' },
      ...{ breaker: 'closed', waiting: 0, counts: none, lastProblem: undefined },
    },
  ]);
  void tellers.finish(0);
});
