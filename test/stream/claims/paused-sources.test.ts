import { expect, test } from 'vitest';
import { MAX_PAUSED } from '../../../src/stream/claims/paused-sources.ts';
import type { Publication } from '../../../src/stream/stream-registry.ts';
import { frames } from '../../support/fake-media.ts';
import { FakeStudio, settings } from '../../support/fake-studio.ts';

test('of more than may pause at a time the one that has paused for longest is lost', () => {
  const { registry, clock } = new FakeStudio();
  const publish = (key: string): Publication => {
    const answer = registry.publish(key, { address: 'encoder', series: 'x', onReplaced: () => {} });
    if ('conflict' in answer) throw new Error(answer.conflict);
    return answer;
  };
  const pause = (key: string): void => {
    const publication = publish(key);
    if (publication.goesOnFrom === undefined)
      for (const frame of frames('VH1@0 K1@0')) publication.receive(frame);
    publication.leave('paused');
  };
  const stateOf = (key: string): string | undefined => registry.get(key)?.state;
  for (let i = 0; i < MAX_PAUSED; i++) pause(`live/${i}`);
  pause('live/0'); // it has gone on, and paused once more
  expect([stateOf('live/0'), stateOf('live/1')]).toEqual(['live', 'live']);
  pause('live/one-more');
  expect(['live/0', 'live/1', 'live/2', 'live/one-more'].map(stateOf)).toEqual([
    'live',
    'grace',
    'live',
    'live',
  ]);
  expect(publish('live/1').goesOnFrom).toBeUndefined();
  expect(publish('live/2').goesOnFrom).toHaveLength(1);
  clock.advance(settings.pauseMs + settings.graceMs);
  expect([...registry.streams()].map(({ key }) => key)).toEqual(['live/1', 'live/2']);
});
