import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../../src/config/relay-settings.ts';
import {
  GivenSettingsError,
  judgeGiven,
  underGiven,
} from '../../../../../src/service/relay/house/given/given-settings.ts';
import { given } from '../../../../support/scripted-house.ts';

const publicKey = 'A'.repeat(43);

describe('what a house gives', () => {
  test('takes the place of the streams, comes beside the shares, and nothing else changes', () => {
    const own = relaySettings.parse({
      streams: [{ match: 'own/**', source: { type: 'push' } }],
      limits: { shares: [{ players: 5 }], sessions: 10 },
      hooks: [{ events: ['play'], url: 'http://127.0.0.1:1/' }],
    });
    const settings = given([{ match: 'tv/*', source: { type: 'push' } }], {
      ...{ players: 100, sentBitsPerSecond: 1e9, houseOnly: true },
    });
    const judged = judgeGiven(
      { ...settings, access: { ...settings.access, permitKeys: { k: publicKey } } },
      'r1',
    );
    const all = underGiven(own, judged);
    const { streams, limits, access, ...rest } = all;
    const { streams: _s, limits: ownLimits, access: ownAccess, ...ownRest } = own;
    expect(rest).toEqual(ownRest);
    expect(streams.map(({ match }) => match)).toEqual(['tv/*']);
    expect(limits).toEqual({ ...ownLimits, shares: limits.shares });
    expect(limits.shares.map(({ per, players, bitsPerSecond }) => [per, players, bitsPerSecond])).toEqual([
      ['all', 5, null],
      ['all', 100, 1e9],
    ]);
    expect(access).toEqual({ ...ownAccess, permits: { keys: { k: publicKey }, relay: 'r1', only: true } });
    expect(underGiven(own, undefined)).toBe(own);
  });

  test.each([
    [
      given([{ match: 'a', source: { type: 'exec' } }]),
      /^streams\.0\.source\.type: expected "push" or "pull"/,
    ],
    [
      given([{ match: 'a', source: { type: 'push' }, exec: '/bin/sh' }]),
      /^streams\.0\.exec: unknown setting/,
    ],
    [given(['a']), /^streams\.0: expected/],
    [
      given([{ match: 'a', source: { type: 'pull', urls: ['file:///etc/passwd'] } }]),
      /^streams\.0\.source\.urls\.0: expected a URL/,
    ],
    [
      { ...given([]), access: { permitKeys: { k: 'short' }, houseOnly: false } },
      /^access\.permitKeys\.k: expected/,
    ],
  ])('is judged as a config is: %j', (settings, problem) => {
    expect(() => judgeGiven(settings, 'r1')).toThrow(GivenSettingsError);
    expect(() => judgeGiven(settings, 'r1')).toThrow(problem);
  });

  test('is told of in at most 1,024 characters, whatever is wrong', () => {
    const wrong = Array.from({ length: 1000 }, () => ({ match: 5 }));
    try {
      judgeGiven(given(wrong), 'r1');
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThanOrEqual(1024);
    }
  });
});
