import { expect, test, vi } from 'vitest';
import { RelayStreams, type RelayStreamsParts } from '../../../src/service/relay/relay-streams.ts';
import type { ResumePoint } from '../../../src/stream/resuming/resume-point.ts';
import { FakePlayer } from '../../support/fake-player.ts';
import { FakeStudio, form } from '../../support/fake-studio.ts';
import { grantOf } from '../../support/session-scene.ts';

const resume: ResumePoint = { from: 'frame', marks: [{ timestamp: 40, hash: '9f86d081884c7d65' }] };

/** The streams of a relay to which nobody publishes. */
function setUp() {
  const { clock, registry, key } = new FakeStudio();
  const play = vi.spyOn(registry, 'play');
  const streams = new RelayStreams({
    ...{ relayId: 'here', clock, registry },
    homes: { at: () => ({ demand: () => {} }) } as unknown as RelayStreamsParts['homes'],
    gate: {
      pullOf: () => undefined,
      publisherLimits: () => undefined,
      recordWishOf: () => 'never',
      lateJoin: 'keyframeGroup',
    },
    liveStreams: () => [],
    recording: { isOpen: false },
  });
  return {
    clock,
    /** Plays so often from an address. @returns how many of these plays go on where they left off */
    plays(count: number, address: string, says: { readonly resume?: ResumePoint } = { resume }): number {
      play.mockClear();
      for (let i = 0; i < count; i++)
        streams.play(grantOf(key), new FakePlayer(clock), { form: form.all, ...says, address }).stop();
      return play.mock.calls.filter(([, , options]) => options.resume === resume).length;
    },
  };
}

test('relays of one address go on where they left off so often at once, and so often a second; then they begin as any', () => {
  const { clock, plays } = setUp();
  plays(2000, '192.0.2.1', {}); // who says nothing uses nothing up
  expect(plays(1200, '192.0.2.1')).toBe(1000);
  expect(plays(1, '192.0.2.2')).toBe(1);
  clock.advance(2000);
  expect(plays(100, '192.0.2.1')).toBe(20);
});
