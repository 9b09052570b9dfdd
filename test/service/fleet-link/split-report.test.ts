import { expect, test } from 'vitest';
import { MAX_LINK_MESSAGE_BYTES } from '../../../src/service/fleet-link/link-limits.ts';
import { readMessage } from '../../../src/service/fleet-link/read-message.ts';
import { relayMessage } from '../../../src/service/fleet-link/relay-message.ts';
import { splitReport } from '../../../src/service/fleet-link/split-report.ts';
import { playerReport, streamReport, telemetry } from '../../support/fleet/link-client.ts';

test('a report that fits is one message', () => {
  const { more: _more, ...report } = telemetry({ whole: true, joined: [playerReport('1')] });
  expect([...splitReport(report)]).toEqual([{ ...report, more: false }]);
});

test('one that does not is as many as it takes, each of which a house takes, with everything in them once', () => {
  const wide = '\u0001'.repeat(250); // six bytes each in JSON
  const streams = Array.from({ length: 4500 }, (_, i) => streamReport(`${wide.repeat(3)}/${i}`));
  const joined = Array.from({ length: 5000 }, (_, i) => playerReport(`p${i}`, { uid: wide, identity: wide }));
  const left = Array.from({ length: 4000 }, (_, i) => ({
    id: `q${i}`,
    bytes: 1,
    seconds: 1,
    reason: 'closed',
  }));
  const { more: _more, ...report } = telemetry({ whole: true, players: 5000, streams, joined, left });
  const parts = [...splitReport(report)];
  expect(parts.map(({ whole }) => whole)).toEqual(parts.map((_, index) => index === 0));
  expect(parts.map(({ more }) => more)).toEqual(parts.map((_, index) => index < parts.length - 1));
  for (const part of parts) {
    const bytes = Buffer.from(JSON.stringify(part));
    expect(bytes.length).toBeLessThanOrEqual(MAX_LINK_MESSAGE_BYTES);
    expect(readMessage(relayMessage, bytes)).toEqual(part);
  }
  expect(parts.flatMap((part) => part.streams)).toEqual(streams);
  expect(parts.flatMap((part) => part.joined)).toEqual(joined);
  expect(parts.flatMap((part) => part.left)).toEqual(left);
});
