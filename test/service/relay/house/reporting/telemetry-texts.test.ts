import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_LINK_MESSAGE_BYTES } from '../../../../../src/service/fleet-link/link-limits.ts';
import { relayMessage, type Telemetry } from '../../../../../src/service/fleet-link/relay-message.ts';
import type { MemberReport } from '../../../../../src/service/relay/house/house-member.ts';
import { telemetryTexts } from '../../../../../src/service/relay/house/reporting/telemetry-texts.ts';
import { systemClock } from '../../../../../src/stream/clock.ts';

const empty: MemberReport = {
  ...{ players: 0, publishers: 0, sentBitsPerSecond: 0.4, receivedBitsPerSecond: 0 },
  ...{ streams: [], isWhole: true, joined: [], left: [] },
};

const facts = { state: 'ready', config: { revision: 'r1', problem: null } } as const;

/** The messages of a report, each held to the schema and to its size. */
async function messagesOf(report: MemberReport): Promise<Telemetry[]> {
  const messages: Telemetry[] = [];
  for await (const text of telemetryTexts(report, facts, systemClock)) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_LINK_MESSAGE_BYTES / 2);
    const message = relayMessage.parse(JSON.parse(text));
    if (message.type === 'telemetry') messages.push(message);
  }
  return messages;
}

test('a relay without anything has one message to say', async () => {
  expect(await messagesOf(empty)).toEqual([
    {
      ...{ type: 'telemetry', whole: true, more: false, state: 'ready', players: 0, publishers: 0 },
      ...{ sentBitsPerSecond: 0, receivedBitsPerSecond: 0, streams: [], joined: [], left: [] },
      config: { revision: 'r1', problem: null },
    },
  ]);
});

const key = fc.string({ maxLength: 1024, unit: 'binary' });
const label = fc.string({ maxLength: 256, unit: 'binary' });
const streams = fc.array(
  fc.record({
    key,
    state: fc.constant('live' as const),
    players: fc.nat(1000),
    receivedBitsPerSecond: fc.nat(),
    keyframeAgeSeconds: fc.constant(null),
    source: fc.constant('pull' as const),
    isCopy: fc.boolean(),
  }),
  { maxLength: 50 },
);
const joined = fc.array(
  fc.record({
    id: fc.constant('c1'),
    uid: fc.option(label),
    identity: fc.option(label),
    address: fc.constant('2001:db8::1'),
    protocol: fc.constant('rtmp'),
    stream: key,
    since: fc.nat(),
  }),
  { maxLength: 50 },
);
const left = fc.array(
  fc.record({ id: fc.constant('c1'), bytes: fc.nat(), seconds: fc.nat(), reason: fc.constant('closed') }),
);

test('whatever there is comes whole and in order, in messages that a house takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      streams,
      joined,
      left,
      fc.boolean(),
      fc.integer({ min: 1, max: 30 }),
      async (...parts) => {
        const [some, players, gone, isWhole, times] = parts;
        const many = <T>(list: readonly T[]): T[] => Array.from({ length: times }, () => list).flat();
        const report = { ...empty, isWhole, streams: many(some), joined: many(players), left: many(gone) };
        const messages = await messagesOf(report);
        expect(messages.map(({ more }) => more)).toEqual(
          messages.map((_, index) => index < messages.length - 1),
        );
        expect(messages.map(({ whole }) => whole)).toEqual(
          messages.map((_, index) => isWhole && index === 0),
        );
        expect(messages.flatMap((message) => message.joined)).toEqual(report.joined);
        expect(messages.flatMap((message) => message.left)).toEqual(report.left);
        const keys = messages.flatMap((message) => message.streams.map((stream) => stream.key));
        expect(keys).toEqual(report.streams.map((stream) => stream.key));
      },
    ),
    { numRuns: 30 },
  );
}, 20_000);
