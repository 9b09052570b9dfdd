import { connect } from 'node:net';
import { expect, test } from 'vitest';
import {
  LINK_RATES,
  MAX_LINK_MESSAGE_BYTES,
  MAX_REPORTED,
} from '../../src/service/fleet-link/link-limits.ts';
import { type LinkClient, playerReport, streamReport, telemetry } from '../support/fleet/link-client.ts';
import { LinkHouse } from '../support/fleet/link-house.ts';
import { rosterEntry } from '../support/fleet/test-roster.ts';

/** A relay does something bad while another one is linked: it is cut off with a sentence, and the other one notices nothing. */
async function outcome(
  misbehave: (relay: LinkClient, house: LinkHouse) => unknown,
): Promise<{ readonly code: number; readonly reason: unknown; readonly text: string }> {
  await using house = await LinkHouse.start([rosterEntry('bad'), rosterEntry('good')]);
  await using good = await house.link('good');
  good.report({ whole: true, players: 5, joined: [playerReport('1')] });
  await house.event('reported');
  await using bad = await house.link('bad');
  await misbehave(bad, house);
  const { code } = await bad.closed;
  const over = house.log.lines.filter(
    ({ event, fields }) => event === 'link' && fields['reason'] !== 'linked',
  );
  expect(over.map(({ fields }) => fields['id'])).toEqual(['bad']);
  expect(await house.links.order('good', { type: 'reload' })).toMatchObject({ problem: null });
  expect(house.fleet.report('good')?.players).toBe(5);
  expect([...house.fleet.players({ relay: 'good' })]).toHaveLength(1);
  expect(house.log.find('bug')).toEqual([]);
  return { code, reason: over[0]?.fields['reason'], text: over[0]?.text ?? '' };
}

test.each([
  { what: 'negative players', message: telemetry({ players: -5 }), place: 'players: ' },
  { what: 'millions of players', message: telemetry({ players: 5_000_000 }), place: 'players: ' },
  {
    what: 'no number',
    message: { ...telemetry(), sentBitsPerSecond: Number.NaN },
    place: 'sentBitsPerSecond: ',
  },
  { what: 'infinity', message: { ...telemetry(), players: Number.POSITIVE_INFINITY }, place: 'players: ' },
  {
    what: 'a second hello',
    message: { type: 'hello', version: 1, software: 's', instance: 'i', revision: null },
    place: 'hello a second time',
  },
  {
    what: 'what a house says',
    message: { type: 'welcome', version: 1, name: 'x', telemetryIntervalMs: 100 },
    place: 'type: ',
  },
  { what: 'more than it knows', message: { ...telemetry(), exec: 'rm -rf /' }, place: 'Unrecognized key' },
  {
    what: 'more than it knows, in another script',
    message: { ...telemetry(), ['ключ'.repeat(40)]: 1 },
    place: 'Unrecognized key',
  },
  {
    what: 'an endless name',
    message: telemetry({ streams: [streamReport('x'.repeat(2000))] }),
    place: 'streams.0.key: ',
  },
])('a relay that says $what', async ({ message, place }) => {
  const { code, reason, text } = await outcome((relay) => relay.say(message));
  expect([code, reason]).toEqual([1008, 'invalid']);
  expect(text).toContain(place);
});

test.each([
  { what: 'no JSON', send: (relay: LinkClient) => relay.webSocket.send('{"type":') },
  { what: 'bytes', send: (relay: LinkClient) => relay.webSocket.send(Buffer.from('{}')) },
  { what: 'brackets without end', send: (relay: LinkClient) => relay.webSocket.send('['.repeat(1_000_000)) },
])('a relay that sends $what', async ({ send }) => {
  expect(await outcome(send)).toMatchObject({ code: 1008, reason: 'invalid' });
});

test('a relay that sends a message too large is cut off before the message is there', async () => {
  const { code, reason, text } = await outcome((relay) =>
    relay.webSocket.send('x'.repeat(MAX_LINK_MESSAGE_BYTES + 1)),
  );
  expect([code, reason]).toEqual([1009, 'protocol']);
  expect(text).toContain('it broke the protocol: Max payload size exceeded');
});

test('a relay that says nothing of itself, or half of a message', async () => {
  await using house = await LinkHouse.start([rosterEntry('bad')]);
  const headers = `Authorization: Basic ${btoa('bad:key-of-the-relay-bad')}\r\nSec-WebSocket-Protocol: streampump-link.v1`;
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`;
  const socket = connect(Number(new URL(house.url).port), '127.0.0.1');
  socket.write(`GET /api/v1/link HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n${headers}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write(Buffer.from([0x81, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 5, 6])); // 10 of 65,535 bytes
  while (house.clock.pending < 4) await new Promise((resolve) => setImmediate(resolve));
  house.clock.advance(10_000);
  await house.log.waitFor('link', { id: 'bad', reason: 'silent' });
  expect(house.log.find('link')[0]?.text).toContain('no hello for 10000 ms');
  socket.destroy();
});

test('a relay that floods the house with messages', async () => {
  const { code, reason } = await outcome((relay) => {
    for (let i = 0; i <= LINK_RATES.messages.atOnce; i++) relay.say({ type: 'ack', id: 'x', problem: null });
  });
  expect([code, reason]).toEqual([4003, 'flood']);
});

test('a relay that floods it by one link after the other', async () => {
  await using house = await LinkHouse.start([rosterEntry('bad')]);
  const most = LINK_RATES.messages.atOnce;
  for (const count of [most / 2, most / 2]) {
    await using relay = await house.link('bad');
    for (let i = 0; i < count - 2; i++) relay.say({ type: 'ack', id: 'x', problem: null });
    relay.webSocket.close();
    await relay.closed;
  }
  await using relay = await house.link('bad');
  for (let i = 0; i < 10; i++) relay.say({ type: 'ack', id: 'x', problem: null });
  expect(await relay.closed).toMatchObject({ code: 4003 });
  house.clock.advance(60_000);
  await using later = await house.link('bad');
  expect(await house.links.order('bad', { type: 'reload' })).toMatchObject({ problem: null });
  expect(later.heard).toHaveLength(2);
});

test('a relay that floods it with pings', async () => {
  const { code, reason } = await outcome((relay) => {
    for (let i = 0; i <= LINK_RATES.messages.atOnce; i++) relay.webSocket.ping();
  });
  expect([code, reason]).toEqual([4003, 'flood']);
});

test('a relay that floods it with bytes', async () => {
  const large = JSON.stringify({ type: 'ack', id: 'x', problem: 'p'.repeat(1024) }).padEnd(
    MAX_LINK_MESSAGE_BYTES,
  );
  const { code, reason } = await outcome((relay) => {
    for (let i = 0; i <= LINK_RATES.bytes.atOnce / MAX_LINK_MESSAGE_BYTES; i++) relay.webSocket.send(large);
  });
  expect([code, reason]).toEqual([4003, 'flood']);
});

test('a relay with streams without end', async () => {
  const { code, reason, text } = await outcome((relay) => {
    for (let part = 0; part <= MAX_REPORTED.streams / 2000; part++) {
      const streams = Array.from({ length: 2000 }, (_, i) => streamReport(`live/${part}-${i}`));
      relay.report({ more: true, streams });
    }
  });
  expect([code, reason]).toEqual([4003, 'flood']);
  expect(text).toContain('it reported more than 10000 streams');
});

test('a relay with a report without end', async () => {
  const { reason, text } = await outcome((relay) => {
    for (let part = 0; part <= MAX_REPORTED.parts; part++) relay.report({ more: true });
  });
  expect(reason).toBe('flood');
  expect(text).toContain('a report in more than 500 messages');
});

test('a relay that does not read what it is told', async () => {
  const { code, reason } = await outcome(async (relay, house) => {
    relay.webSocket.pause();
    const targets = Array.from({ length: 400 }, (_, i) => ({
      relay: `r${i}`,
      url: `rtmp://${'x'.repeat(2000)}`,
    }));
    const orders = Array.from({ length: 20 }, () => house.links.order('bad', { type: 'measure', targets }));
    await Promise.allSettled(orders);
    relay.webSocket.resume();
  });
  expect([code, reason]).toEqual([1006, 'unread']);
});

test('a relay that acknowledges what it was never told, or many times', async () => {
  await using house = await LinkHouse.start([rosterEntry('a')]);
  await using relay = await house.link('a', { isMute: true });
  const told = house.links.order('a', { type: 'reload' });
  const { id } = await relay.hears('reload');
  for (const of of ['nothing', '__proto__', id, id])
    relay.say({ type: 'ack', id: of, problem: of === id ? null : 'no' });
  expect(await told).toEqual({ type: 'ack', id, problem: null });
});
