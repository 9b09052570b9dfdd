import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { houseSettings } from '../../../../src/config/house/house-settings.ts';
import { signaturePart, signPermit } from '../../../../src/credentials/signed-url.ts';
import { BanLedger } from '../../../../src/service/access/bans/ban-ledger.ts';
import { FleetGate } from '../../../../src/service/house/access/fleet-gate.ts';
import type { AccessRequest, Verdict } from '../../../../src/session/access.ts';
import { requestOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const secret = 'shared-by-the-site-and-the-house';
const joinUntil = Math.floor(Date.now() / 1000) + 60;
const config = {
  streams: [
    { match: 'tv/**', source: { type: 'pull', urls: ['rtmp://origin/{key}'] } },
    { match: 'live/**', source: { type: 'push' } },
    { match: 'vip/**', source: { type: 'push' } },
  ],
  access: {
    rules: [{ match: 'vip/**', verbs: ['play'], require: [{ type: 'signed', secrets: { k1: secret } }] }],
  },
};

/** A house where nobody is banned and live/b is live. */
function scene(more: object = {}) {
  const clock = new FakeClock(5000);
  const bans = new BanLedger(clock);
  const isLive = (key: string): boolean => key === 'live/b';
  const failures = failuresOf(clock, { attempts: 3 });
  const parts = { ...verifierParts({ clock }), log: new RecordingLog(), bans, failures, isLive };
  const gate = new FleetGate(parts, houseSettings.parse({ ...config, ...more }));
  const ask = async (request: Partial<AccessRequest>): Promise<Verdict> => {
    const asked = gate.ask(requestOf(request), new AbortController().signal);
    for (let turn = 0; turn < 20; turn++) await undefined;
    if (clock.pending > 0) clock.advance(1000);
    return asked;
  };
  return { gate, ask, bans, failures };
}

function signed(
  stream: string,
  more: { readonly identity?: string; readonly playUntil?: number } = {},
): string {
  return signaturePart(signPermit({ verb: 'play', stream, joinUntil, ...more }, 'k1', secret));
}

test('who may play is granted it, with what was proven', async () => {
  const { ask } = scene();
  expect(await ask({})).toMatchObject({
    key: 'live/a',
    identity: undefined,
    until: Number.POSITIVE_INFINITY,
  });
  const query = `uid=7&${signed('vip/a', { identity: 'ann', playUntil: joinUntil })}`;
  const verdict = await ask({ readings: [{ key: 'vip/a', query }] });
  expect(verdict).toMatchObject({ key: 'vip/a', identity: 'ann' });
  expect((verdict as { until: number }).until).toBeLessThan(5000 + 61_000);
});

test('what was meant for the house goes no further: credentials and permits, and nothing else', () => {
  const { gate } = scene();
  expect(gate.publicQuery(`uid=7&${signed('vip/a')}&permit=abc&start=live`)).toBe('uid=7&start=live');
});

describe('nobody is granted', () => {
  test('what needs a proof that was not shown; wrong ones are counted here', async () => {
    const { ask, failures } = scene();
    const about = (query: string) => ({ readings: [{ key: 'vip/a', query }] });
    expect(await ask(about(''))).toMatchObject({ refused: 'credentials' });
    for (let i = 0; i < 3; i++)
      expect(await ask(about('signature=AAEx'))).toMatchObject({ refused: 'credentials' });
    expect(failures.isBlocked('192.0.2.1')).toBe(true);
    expect(await ask(about(signed('vip/a')))).toMatchObject({ refused: 'blocked' });
  });

  test.each([
    {
      what: 'no stream of the fleet',
      verb: 'play',
      key: 'other/a',
      says: 'there is no stream other/a on this server',
    },
    {
      what: 'to publish what is pulled',
      verb: 'publish',
      key: 'tv/a',
      says: 'is pulled from another server',
    },
  ] as const)('$what', async ({ verb, key, says }) => {
    const { ask } = scene({ access: { publish: ['0.0.0.0/0'] } });
    expect(await ask({ verb, readings: [{ key, query: '' }] })).toMatchObject({
      refused: 'no-source',
      description: expect.stringContaining(says),
    });
  });

  test('anything who is banned, by address or by who it is', async () => {
    const { ask, bans } = scene();
    bans.replaceFrom('house', [
      [{ kind: 'address', value: '192.0.2.9' }, 5000],
      [{ kind: 'identity', value: 'ann' }, 5000],
    ]);
    expect(await ask({ address: '192.0.2.9' })).toMatchObject({ refused: 'banned' });
    const query = signed('vip/a', { identity: 'ann' });
    expect(await ask({ readings: [{ key: 'vip/a', query }] })).toMatchObject({ refused: 'banned' });
    expect(await ask({})).toHaveProperty('release');
  });

  test('anything new while the house drains', async () => {
    const { ask, gate } = scene();
    gate.isDraining = true;
    expect(await ask({})).toMatchObject({ refused: 'draining' });
  });

  test('anything whose name no permit can hold', async () => {
    const token = (sub: string): string => {
      const exp = joinUntil;
      const parts = [{ alg: 'HS256' }, { sub, exp }].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const input = parts.join('.');
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    };
    const { ask } = scene({ access: { rules: [{ verbs: ['play'], require: [{ type: 'jwt', secret }] }] } });
    expect(await ask({ credentials: { token: token('a'.repeat(255)) } })).toHaveProperty('release');
    expect(await ask({ credentials: { token: token('é'.repeat(128)) } })).toMatchObject({
      refused: 'credentials',
      description: 'what you are called in your credentials is too long for this server',
    });
  });
});

test('of several streams that may be meant it is the one that is live anywhere', async () => {
  const { ask } = scene();
  const readings = ['live/a', 'live/b'].map((key) => ({ key, query: '' }));
  expect(await ask({ readings })).toMatchObject({ key: 'live/b' });
});

test('only who is believed to be a relay is one', async () => {
  const { ask } = scene({ access: { relays: ['192.0.2.1'] } });
  expect(await ask({ path: ['one'] })).toMatchObject({ path: ['one'] });
  expect(await ask({ path: ['one'], address: '192.0.2.2' })).toMatchObject({ path: [] });
});
