import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publishLive, waysToPlay } from '../support/access-scene.ts';
import { RawHttp } from '../support/http-client.ts';
import { permitQuery, permitSettings } from '../support/permits.ts';
import { startRelay } from '../support/start-relay.ts';

const permits = permitSettings();
const STRANGER = '127.0.66.6';

/** What the relay says to somebody at an address who plays with this query. */
async function statusFor(port: number, address: string, query: string): Promise<string> {
  await using http = await RawHttp.open(port, address);
  http.send(`GET /live/a.flv?${query} HTTP/1.1\nHost: relay\nConnection: close\n\n`);
  const [, status = ''] = await http.heard(/^HTTP\/1\.1 (\d+)/);
  return status;
}

test('no text but a permit of the house lets anybody in', async () => {
  const failures = { delayMs: 0, attempts: 1_000_000 };
  await using relay = await startRelay({ access: { failures } }, { permits });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  const good = permitQuery();
  const bytes = Buffer.from(good.slice('permit='.length), 'base64url');
  const changed = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ change;
    return copy.toString('base64url');
  });
  const cut = fc.nat(bytes.length - 1).map((end) => bytes.subarray(0, end).toString('base64url'));
  const random = fc.uint8Array({ maxLength: 3000 }).map((some) => Buffer.from(some).toString('base64url'));
  const odd = fc.string({ unit: 'binary', maxLength: 200 }).map(encodeURIComponent);
  await fc.assert(
    fc.asyncProperty(fc.oneof(changed, cut, random, odd), async (written) => {
      expect(await statusFor(relay.port('http'), '127.0.0.1', `permit=${written}`)).toMatch(/^40[034]$/);
    }),
    { numRuns: 150 },
  );
  expect(await waysToPlay['http-flv']?.(relay, `live/a?${good}`)).toBe('plays');
});

test('who makes permits up waits for each answer, then is not looked at; others come in', async () => {
  const failures = { delayMs: 20, attempts: 5 };
  await using relay = await startRelay({ access: { failures } }, { permits });
  await using _publisher = await publishLive(relay, `live/a?${permitQuery({ verb: 'publish' })}`);
  const port = relay.port('http');
  const forged = permitQuery({}, 'stranger');
  for (let i = 0; i < 5; i++) expect(await statusFor(port, STRANGER, forged)).toBe('403');
  await relay.log.waitFor('blocked', { address: STRANGER });
  expect(await statusFor(port, STRANGER, permitQuery())).toBe('429');
  expect(await statusFor(port, '127.0.66.7', permitQuery())).toBe('200');
});

test('a permit for one relay, stolen on the way, is of no use at another, for another stream or to publish', async () => {
  const stolen = permitQuery();
  await using ottawa = await startRelay({}, { permits });
  await using toronto = await startRelay({}, { permits: permitSettings({ relay: 'toronto' }) });
  const from = (relay: typeof ottawa, key: string) => waysToPlay['http-flv']?.(relay, `${key}?${stolen}`);
  expect(await from(toronto, 'live/a')).toContain('for another server');
  expect(await from(ottawa, 'live/b')).toContain('for another stream');
  const body = new Uint8Array(20);
  const answer = await fetch(ottawa.flvUrl(`live/a?${stolen}`), { method: 'PUT', body });
  expect([answer.status, await answer.text()]).toEqual([403, 'the permit is to play, not to publish\n']);
});
