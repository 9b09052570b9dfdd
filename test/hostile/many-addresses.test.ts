import { expect, test } from 'vitest';
import { heldMemory } from '../support/held-memory.ts';
import { RawHttp } from '../support/http-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { Squatters } from '../support/squatters.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

const ADDRESSES = 300;
const addresses = Array.from(
  { length: ADDRESSES },
  (_, index) => `127.0.${70 + Math.floor(index / 250)}.${1 + (index % 250)}`,
);
const HONEST = '127.0.77.1';
const MEGABYTE = 2 ** 20;
const patient = { timeout: 15_000 };

const attempts = 5;
const keys = {
  rules: [{ match: 'vip/**', verbs: ['play'], require: [{ type: 'key', values: ['right-4f2e'] }] }],
  failures: { delayMs: 100, attempts },
};

test(`wrong keys from ${ADDRESSES} addresses: each address has its tries and no more, and whoever knows the key gets in`, async () => {
  await using relay = await startRelay({ access: keys });
  await using witness = await Witness.start(relay);
  const guesses = Array.from({ length: 2 * attempts }, (_, guess) => `guess-${guess}`);
  const guess = async (address: string): Promise<string[]> => {
    await using client = await RawHttp.open(relay.port('http'), address);
    for (const key of guesses) client.send(`HEAD /vip/cam.flv?key=${key} HTTP/1.1\nHost: x\n\n`);
    await client.heard(new RegExp(`(?:HTTP/1\\.1 [\\s\\S]*?){${guesses.length}}`));
    return [...client.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status = '']) => status);
  };
  await Promise.all(addresses.slice(0, 20).map(guess)); // what is made once is not counted, nor what the first scrape loads
  await relay.metric('streampump_rejected_total{reason="blocked"}');
  const before = heldMemory();
  const answers = await Promise.all(addresses.slice(20).map(guess));
  const expected = guesses.map((_, index) => (index < attempts ? '403' : '429'));
  for (const statuses of answers) expect(statuses).toEqual(expected);
  await using honest = await RawHttp.open(relay.port('http'), HONEST);
  honest.send('HEAD /vip/cam.flv?key=right-4f2e HTTP/1.1\nHost: x\n\n');
  await honest.heard(/^HTTP\/1\.1 404/); // nobody publishes it
  await witness.expectUndisturbed();
  expect(await relay.metric('streampump_rejected_total{reason="blocked"}')).toBe(ADDRESSES * attempts);
  await expect.poll(() => heldMemory() - before, patient).toBeLessThan(4 * MEGABYTE);
});

/** Whether somebody honest gets in: with so many addresses nothing tells him from the others, so he may have to try again. */
async function plays(port: number): Promise<boolean> {
  await using honest = await RawHttp.open(port, HONEST);
  honest.send('GET /quiet/witness.flv HTTP/1.1\nHost: x\n\n');
  return await honest.heard(/FLV/).then(
    () => true,
    () => false,
  );
}

const floods = [
  { what: 'connects', listener: 'rtmp', squat: {} },
  { what: 'half handshakes', listener: 'rtmp', squat: { first: simpleClientHandshake.subarray(0, 700) } },
  { what: 'requests', listener: 'http', squat: { first: 'GET /watch HTTP/1.1\r\nHost: x\r\n\r\n' } },
] as const;

test.for(floods)(
  `$what from ${ADDRESSES} addresses: limits hold, and memory comes back`,
  async ({ listener, squat }) => {
    const limits = { pendingSessions: 200, pendingSessionsPerAddress: 4 };
    await using relay = await startRelay({ limits, deadlines: { handshakeMs: 60_000 } });
    await using witness = await Witness.start(relay);
    const protocol = { rtmp: 'rtmp', http: 'http-flv' }[listener];
    const pending = `streampump_sessions{role="pending",protocol="${protocol}"}`;
    const before = heldMemory();
    {
      await using _squatters = new Squatters(relay.port(listener), addresses, 1, squat);
      const cut = 'streampump_rejected_total{reason="pending-limit"}';
      await expect.poll(() => relay.metric(cut), patient).toBeGreaterThan(ADDRESSES);
      // and those that are about to close
      expect(await relay.metric(pending)).toBeLessThan(1.1 * limits.pendingSessions);
      await expect.poll(() => plays(relay.port('http')), patient).toBe(true);
      await witness.expectUndisturbed();
    }
    await expect.poll(() => relay.metric(pending), patient).toBe(0);
    await expect.poll(() => heldMemory() - before, patient).toBeLessThan(4 * MEGABYTE);
  },
);
