import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

const strangers: readonly { readonly what: string; readonly first: Buffer; readonly says: RegExp }[] = [
  { what: 'TLS', first: Buffer.from('16030100f5010000f1', 'hex'), says: /looks like TLS: use rtmps/ },
  { what: 'a TLS alert', first: Buffer.from('15030100020100', 'hex'), says: /looks like TLS/ },
  { what: 'HTTP', first: Buffer.from('GET /live/cam.flv HTTP/1.1\r\n\r\n'), says: /looks like HTTP/ },
  {
    what: 'a PROXY header',
    first: Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'),
    says: /looks like HTTP/,
  },
  { what: 'SSH', first: Buffer.from('SSH-2.0-x\r\n'), says: /RTMP version 83, expected 3/ },
  { what: 'RTMPE', first: Buffer.of(6), says: /RTMPE is not supported/ },
  { what: 'zeros', first: Buffer.alloc(4096), says: /RTMP version 0, expected 3/ },
];

describe('what is not RTMP is named in the log', () => {
  test.each(strangers)('$what', async ({ first, says }) => {
    await using relay = await startRelay();
    await using client = await RawClient.open(relay.port('rtmp'));
    client.send(first);
    await client.closed;
    const { text, fields } = await relay.log.waitFor('protocol-error', { peer: client.peer });
    expect(text).toMatch(says);
    expect(fields['code']).toMatch(/^RTMP_HANDSHAKE_/);
  });
});

test('any bytes at any time cost at most their own connection', async () => {
  await using relay = await startRelay({
    deadlines: { handshakeMs: 2000, idleMs: 2000, firstMediaMs: 2000 },
  });
  await using witness = await Witness.start(relay);
  const port = relay.port('rtmp');
  const begin = {
    nothing: async () => RawClient.open(port),
    handshake: async () => {
      const client = await RawClient.open(port);
      client.send(simpleClientHandshake);
      return client;
    },
    connected: async () => RawClient.openConnected(port),
    publishing: async () => {
      const client = await RawClient.openConnected(port);
      client.commandOn(1, 'publish', 3, null, 'fuzz', 'live');
      return client;
    },
    playing: async () => {
      const client = await RawClient.openConnected(port);
      client.commandOn(1, 'play', 3, null, 'fuzz');
      return client;
    },
  };
  const header = fc
    .tuple(
      fc.integer({ min: 3, max: 20 }),
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 99),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([id, length, type, on]) =>
      Buffer.from([id, 0, 0, 0, 0, length >> 8, length & 0xff, type, on, 0, 0, 0]),
    );
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
  const parts = fc.array(fc.oneof(header, bytes), { minLength: 1, maxLength: 12 });
  const states = fc.constantFrom(...(Object.keys(begin) as (keyof typeof begin)[]));
  await fc.assert(
    fc.asyncProperty(states, parts, async (state, pieces) => {
      const client = await begin[state]();
      for (const piece of pieces) client.send(piece);
      client.socket.end();
      await client[Symbol.asyncDispose]();
    }),
    { numRuns: 300 },
  );
  await expect.poll(() => relay.metric('streampump_sessions{role="pending",protocol="rtmp"}')).toBe(0);
  expect(relay.log.find('bug')).toEqual([]);
  await witness.expectUndisturbed();
}, 30_000);
