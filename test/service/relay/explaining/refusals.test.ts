import { expect, test } from 'vitest';
import { Followers } from '../../../../src/service/followers.ts';
import { Refusals } from '../../../../src/service/relay/explaining/refusals.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

function scene() {
  const followers = new Followers(new RecordingLog());
  const refusals = new Refusals();
  followers.add(refusals);
  const refuse = (stream: string, address: string, description = 'no') =>
    followers.onRejected('access', { stream, address, description });
  return { followers, refusals, refuse };
}

test('the latest refusals of a stream come first, those that are alike as one', () => {
  const { refusals, refuse } = scene();
  refuse('live/a', '192.0.2.1', 'publishing is not allowed\n');
  refuse('live/a', '192.0.2.2');
  refuse('live/b', '192.0.2.1');
  refuse('live/a', '192.0.2.1', 'publishing is not allowed\n');
  expect(refusals.of('live/a')).toEqual([
    {
      ...{ stream: 'live/a', address: '192.0.2.1', reason: 'access', count: 2, at: expect.any(Number) },
      description: 'publishing is not allowed\\x0a',
    },
    {
      ...{ stream: 'live/a', address: '192.0.2.2', reason: 'access', count: 1, at: expect.any(Number) },
      description: 'no',
    },
  ]);
});

test('what is about no stream is not remembered, and of many refusals the oldest are forgotten', () => {
  const { followers, refusals, refuse } = scene();
  followers.onRejected('session-limit');
  for (let i = 0; i < 300; i++) refuse(`live/${i}`, '192.0.2.1');
  expect([refusals.of('live/43').length, refusals.of('live/44').length]).toEqual([0, 1]);
});
