import { expect, test } from 'vitest';
import { shareSettings } from '../../../../src/config/share-settings.ts';
import { ShareLedger } from '../../../../src/service/access/joining/share-ledger.ts';
import { usedUpLimits } from '../../../../src/service/relay/explaining/used-up.ts';
import { joinOf } from '../../../support/joins.ts';

test('limits that keep anybody out, and those that keep out one who has all of a share', () => {
  const shares = new ShareLedger(
    shareSettings.parse([
      { match: 'vip/**', players: 1 },
      { per: 'stream', publishers: 1, bitsPerSecond: 1_000_000 },
      { per: 'address', sessions: 2 },
    ]),
  );
  shares.take(joinOf({ key: 'vip/a', session: 'c1' }), 0, 1);
  shares.take(joinOf({ key: 'vip/a', session: 'c2', verb: 'publish' }), 0, 2);
  const limit = { refused: 'pull-limit', description: 'too many streams are being pulled' } as const;
  expect(usedUpLimits('vip/a', { shares, pulls: { look: () => limit }, hasRoom: false })).toEqual({
    publish: ['limits.sessions: there is room for no more'],
    play: [
      'limits.sessions: there is room for no more',
      'limits.shares: all 1 players of vip/**',
      'limits.onDemandPulls: too many streams are being pulled',
    ],
    some: ['limits.shares: one address has all of its 2 sessions of **'],
  });
  const missing = { refused: 'not-found', description: 'its upstream said so a moment ago' } as const;
  const nothing = { publish: [], play: [], some: [] };
  const quiet = new ShareLedger([]);
  expect(usedUpLimits('a/b', { shares: quiet, pulls: { look: () => missing }, hasRoom: true })).toEqual(
    nothing,
  );
});
