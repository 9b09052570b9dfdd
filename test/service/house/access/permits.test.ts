import { expect, test } from 'vitest';
import type { FleetPermitSettings } from '../../../../src/config/house/permit-settings.ts';
import { type Permit, PermitKeys } from '../../../../src/credentials/permit.ts';
import { newPermitPair } from '../../../../src/service/house/access/permit-pairs.ts';
import { longestPermitMs, Permits, type PermitWish } from '../../../../src/service/house/access/permits.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const dayMs = 86_400_000;
const startMs = 1_800_000_000_000;
const settings: FleetPermitSettings = {
  ...{ joinMs: 60_000, sessionMs: dayMs, bindAddress: false, houseOnly: true },
};
const wish: PermitWish = {
  ...{ verb: 'play', stream: 'vip/a', relay: 'ottawa', address: '2001:db8::7', identity: 'ann' },
  until: Number.POSITIVE_INFINITY,
};

/** A house whose clock began 5 seconds ago. */
function scene(changed: Partial<FleetPermitSettings> = {}) {
  const clock = new FakeClock(5000);
  const pair = newPermitPair(startMs, startMs);
  const tells = new Set<() => void>();
  const keyring = {
    ...{ pair, holdsMs: 0, publicKeys: () => ({ [pair.id]: pair.publicKey }) },
    onChange(tell: () => void) {
      tells.add(tell);
      return () => tells.delete(tell);
    },
  };
  const changeKeys = (): void => {
    for (const tell of tells) tell();
  };
  const parts = { keyring, clock, wallMs: () => startMs - 5000 + clock.now() };
  const permits = new Permits(parts, { ...settings, ...changed });
  const keys = new PermitKeys({ [pair.id]: pair.publicKey });
  const open = (query: string): Permit => keys.open(query.replace('permit=', ''));
  return { clock, permits, open, keyring, changeKeys, tells };
}

test('a permit says what was proven, and ends with the first of the session and the credential', () => {
  const { permits, open } = scene();
  const said = { verb: 'play', stream: 'vip/a', relay: 'ottawa', identity: 'ann' };
  const joinUntil = startMs / 1000 + 60;
  expect(open(permits.sign(wish))).toEqual({ ...said, joinUntil, sessionUntil: startMs / 1000 + 86_400 });
  expect(open(permits.sign({ ...wish, until: 5000 + 90_500 }))).toEqual({
    ...{ ...said, joinUntil },
    sessionUntil: startMs / 1000 + 90,
  });
  expect(permits.joinMs).toBe(60_000);
});

test('nothing ends a session where the settings say so and no credential does', () => {
  const { permits, open } = scene({ sessionMs: null });
  expect(open(permits.sign({ ...wish, identity: undefined }))).not.toHaveProperty(
    'sessionUntil',
    expect.anything(),
  );
  expect(open(permits.sign({ ...wish, until: 5000 + 1000 }))).toHaveProperty(
    'sessionUntil',
    startMs / 1000 + 1,
  );
});

test('an address is bound where that is wanted, with its /64, and where the relay sees it', () => {
  const { permits, open } = scene({ bindAddress: true });
  expect(open(permits.sign(wish)).address).toBe('2001:db8::/64');
  expect(open(permits.sign({ ...wish, address: '192.0.2.7' })).address).toBe('192.0.2.7');
  expect(open(permits.sign({ ...wish, address: undefined })).address).toBeUndefined();
});

test('a relay has the same permit for a day, for a week and more', () => {
  const { clock, permits, open } = scene();
  const first = permits.relayPermit('toronto', 'ottawa');
  const { joinUntil, ...said } = open(first);
  expect(said).toEqual({ verb: 'relay', stream: '', relay: 'ottawa', identity: 'relay:toronto' });
  expect(joinUntil * 1000 - startMs).toBeGreaterThan(7 * dayMs);
  clock.advance(dayMs - (startMs % dayMs) - 1);
  expect(permits.relayPermit('toronto', 'ottawa')).toBe(first);
  clock.advance(1);
  expect(permits.relayPermit('toronto', 'ottawa')).not.toBe(first);
});

test('whoever gives relays their permits is told when they are other ones', () => {
  const { clock, permits, changeKeys, tells } = scene();
  let told = 0;
  const stop = permits.onRenewal(() => {
    told++;
  });
  clock.advance(120_000);
  expect(told).toBe(0);
  clock.advance(dayMs);
  expect(told).toBe(1);
  changeKeys();
  expect(told).toBe(2);
  stop();
  expect([clock.pending, tells.size]).toEqual([0, 0]);
});

test('a key is known for as long as the longest permit holds', () => {
  expect(longestPermitMs(settings)).toBe(8 * dayMs);
  expect(longestPermitMs({ ...settings, sessionMs: 30 * dayMs })).toBe(30 * dayMs + 60_000);
  expect(longestPermitMs({ ...settings, sessionMs: null })).toBe(Number.POSITIVE_INFINITY);
  const { permits, keyring } = scene();
  permits.configure({ ...settings, sessionMs: 9 * dayMs });
  expect(keyring.holdsMs).toBe(9 * dayMs + 60_000);
});
