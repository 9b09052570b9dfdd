import { expect, test } from 'vitest';
import { hashKey } from '../../../../src/credentials/key-hash.ts';
import { saltedRelayKey } from '../../../../src/credentials/relay-key.ts';
import { LINK_PROTOCOL } from '../../../../src/service/fleet-link/link-limits.ts';
import { basic, LinkClient, RefusedLink } from '../../../support/fleet/link-client.ts';
import { LinkHouse } from '../../../support/fleet/link-house.ts';
import { MemoryStores } from '../../../support/fleet/memory-stores.ts';
import { rosterEntry } from '../../../support/fleet/test-roster.ts';

/** Tries to link up; a wrong key's answer has to wait. */
async function refusal(
  house: LinkHouse,
  id: string,
  authorization = basic(id),
  protocol = LINK_PROTOCOL,
): Promise<RefusedLink> {
  const waits = house.clock.pending;
  const tried = LinkClient.connect(house.url, id, { authorization, protocol });
  const settled = tried.then(
    () => 'in',
    (error: unknown) => error,
  );
  while ((await Promise.race([settled, new Promise((resolve) => setImmediate(resolve, 'open'))])) === 'open')
    if (house.clock.pending > waits) house.clock.advance(1000);
  const error = await settled;
  if (!(error instanceof RefusedLink)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

test.each([
  { what: 'a wrong key', authorization: basic('a', 'key-of-the-relay-b') },
  { what: 'an id that nobody has', authorization: basic('x', 'key-of-the-relay-a') },
  { what: 'no key', authorization: basic('a', '') },
  { what: 'no colon', authorization: `Basic ${Buffer.from('a').toString('base64')}` },
  { what: 'another scheme', authorization: 'Bearer key-of-the-relay-a' },
  { what: 'a name of every object', authorization: basic('__proto__', 'x') },
])('$what is refused with 401, after a while', async ({ authorization }) => {
  await using house = await LinkHouse.start([rosterEntry('a'), rosterEntry('b')]);
  const { status, message, headers } = await refusal(house, 'a', authorization);
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe('Basic realm="relays"');
  expect(message).toBe('the id, the key or the certificate is none of a relay of this fleet\n');
  expect([...house.links.here]).toEqual([]);
  expect(JSON.stringify(house.log.lines)).not.toContain('key-of-the-relay');
});

test('who shows nothing is told what to show', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  const { status, message } = await refusal(house, 'a', '');
  expect(status).toBe(401);
  expect(message).toContain('a relay has to show its id and its key');
});

test('a key may be stored as a hash, with a salt or without', async () => {
  const key = 'a key that nobody guesses';
  await using house = await LinkHouse.start([
    rosterEntry('a', { key: hashKey(key) }),
    rosterEntry('b', { key: saltedRelayKey(key) }),
  ]);
  await using _a = await house.link('a', { authorization: basic('a', key) });
  await using _b = await house.link('b', { authorization: basic('b', key) });
  expect([...house.links.here]).toEqual(['a', 'b']);
  expect((await refusal(house, 'b', basic('b', 'another'))).status).toBe(401);
  expect((await refusal(house, 'b', basic('a', hashKey(key)))).status).toBe(401);
  expect((await refusal(house, 'x', basic('x', key))).status).toBe(401);
});

test('after too many wrong keys none of an address is looked at for a while', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  for (let i = 0; i < 5; i++) expect((await refusal(house, 'a', basic('a', `guess ${i}`))).status).toBe(401);
  const { status, message, headers } = await refusal(house, 'a');
  expect(status).toBe(429);
  expect(message).toContain('too many wrong keys came from your address');
  expect(headers['retry-after']).toBe('5');
  house.clock.advance(60_000);
  await using relay = await house.link('a');
  expect(await relay.hears('welcome')).toMatchObject({ name: 'house' });
});

test('a relay that is not approved yet is told so, if its key is right', async () => {
  const stores = new MemoryStores();
  const provisioned = [{ entry: rosterEntry('new'), isApproved: false }];
  stores.decide((decisions) => ({ ...decisions, provisioned }));
  await using house = await LinkHouse.start([rosterEntry('a')], { stores });
  expect(await refusal(house, 'new')).toMatchObject({
    ...{ status: 403, message: 'relay new is not approved yet: an operator of the house has to\n' },
  });
  expect((await refusal(house, 'new', basic('new', 'wrong'))).status).toBe(401);
});

test('nobody links up without TLS where that is asked for', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')], { mayBePlain: false });
  const { status, message } = await refusal(house, 'a');
  expect(status).toBe(403);
  expect(message).toContain('links of relays need TLS here');
});

test('a relay that offers another protocol is told which one is spoken, once it has shown its key', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  const tried = LinkClient.connect(house.url, 'a', { protocol: 'streampump-link.v9' });
  await expect(tried).rejects.toMatchObject({
    ...{ status: 400, message: 'this house speaks streampump-link.v1, and the relay does not offer it\n' },
  });
  expect((await refusal(house, 'a', basic('a', 'wrong'), 'streampump-link.v9')).status).toBe(401);
});
