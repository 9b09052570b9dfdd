import { expect, test } from 'vitest';
import { houseMessage } from '../../../src/service/fleet-link/house-message.ts';
import { MAX_LINK_MESSAGE_BYTES, MAX_SESSIONS } from '../../../src/service/fleet-link/link-limits.ts';
import { LinkMessageError, readMessage } from '../../../src/service/fleet-link/read-message.ts';
import { relayMessage } from '../../../src/service/fleet-link/relay-message.ts';
import { playerReport, streamReport, telemetry } from '../../support/fleet/link-client.ts';

const ack = { type: 'ack', id: 'i', problem: null };

test.each([
  { what: 'no JSON', text: '{"type":', problem: 'a message that is no JSON' },
  { what: 'nothing', text: '', problem: 'a message that is no JSON' },
  { what: 'no object', text: '[]', problem: 'a message: ' },
  { what: 'a depth that no parser should follow', text: '['.repeat(500_000), problem: 'no JSON' },
  { what: 'an unknown type', text: '{"type":"x"}', problem: 'type: ' },
  { what: 'what the other side says', text: '{"type":"reload","id":"1"}', problem: 'type: ' },
  { what: 'what nobody knows', text: JSON.stringify({ ...ack, extra: 1 }), problem: 'a message: ' },
  { what: 'too many bytes', text: ' '.repeat(MAX_LINK_MESSAGE_BYTES + 1), problem: 'bytes, limit 1048576' },
  { what: 'another version', text: JSON.stringify({ type: 'hello', version: 2 }), problem: 'version: ' },
])('$what is refused with its place', ({ text, problem }) => {
  const read = (): unknown => readMessage(relayMessage, Buffer.from(text));
  expect(read).toThrow(LinkMessageError);
  expect(read).toThrow(problem);
});

test.each([
  { given: { players: -1 }, place: 'players' },
  { given: { players: MAX_SESSIONS + 1 }, place: 'players' },
  { given: { players: 1.5 }, place: 'players' },
  { given: { publishers: Number.NaN }, place: 'publishers' }, // null in JSON
  { given: { sentBitsPerSecond: '7' as never }, place: 'sentBitsPerSecond' },
  { given: { streams: [streamReport('x'.repeat(1025))] }, place: 'streams.0.key' },
  { given: { streams: Array.from({ length: 2001 }, (_, i) => streamReport(`${i}`)) }, place: 'streams' },
  { given: { joined: [playerReport('')] }, place: 'joined.0.id' },
  { given: { joined: Array.from({ length: 2001 }, (_, i) => playerReport(`${i}`)) }, place: 'joined' },
  { given: { state: 'fine' as never }, place: 'state' },
])('telemetry with a wrong $place is refused', ({ given, place }) => {
  const bytes = Buffer.from(JSON.stringify(telemetry(given)));
  expect(() => readMessage(relayMessage, bytes)).toThrow(new RegExp(`^${place}: `));
});

test('round trips are bounded, and no name of theirs is a prototype', () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`r${i}`, 1]));
  const read = (text: string): unknown => readMessage(relayMessage, Buffer.from(text));
  expect(() => read(JSON.stringify({ ...ack, roundTrips: many }))).toThrow('roundTrips: too many');
  const sly = '{"type":"ack","id":"i","problem":null,"roundTrips":{"__proto__":3,"a":null}}';
  expect(Object.getPrototypeOf((read(sly) as { roundTrips: object }).roundTrips)).toBe(Object.prototype);
});

test('a relay reads what a house says by the same rules', () => {
  const read = (value: unknown): unknown => readMessage(houseMessage, Buffer.from(JSON.stringify(value)));
  const welcome = { type: 'welcome', version: 1, name: 'h', telemetryIntervalMs: 2000 };
  expect(read(welcome)).toEqual(welcome);
  expect(() => read({ ...welcome, telemetryIntervalMs: 1 })).toThrow('telemetryIntervalMs: ');
  expect(() => read({ type: 'reload' })).toThrow('id: ');
});
