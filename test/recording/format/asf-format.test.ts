import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAsfHeader } from '../../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { AsfFormat } from '../../../src/recording/format/asf-format.ts';
import { rereadAsf } from '../../../src/recording/format/asf-recovery.ts';
import type { RecordedFrame } from '../../../src/recording/link/store-link.ts';
import { asfHeader } from '../../support/asf-maker.ts';
import { bbbAsfPath } from '../../support/media.ts';
import { recordedAsfFrames } from '../../support/recording-scene.ts';

const frames = recordedAsfFrames(readFileSync(bbbAsfPath), 2 ** 32 - 1000);
const [header, ...packets] = frames as [RecordedFrame, ...RecordedFrame[]];

/** The file of all frames, and what has made it. */
function recorded(): { format: AsfFormat; head: Buffer; body: Buffer; tail: Buffer } {
  const format = new AsfFormat(header.payload);
  for (const packet of packets) format.take(packet);
  const body = format.drain();
  const tail = format.tail();
  return { format, head: format.head(), body, tail };
}

test('a file begins at 0 wherever its stream is, and says how long it is', () => {
  const { format, head, body, tail } = recorded();
  const { packetBytes, isBroadcast, fileFlagsAt } = readAsfHeader(head);
  expect(isBroadcast).toBe(false);
  expect(head.length).toBe(header.payload.length);
  expect(body.length).toBe(packets.length * packetBytes);
  const times = packets.map((_, at) => readAsfPacket(body.subarray(at * packetBytes)).sendTimeMs);
  expect(times[0]).toBe(0);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(format.facts).toMatchObject({
    hasVideo: true,
    bytes: head.length + body.length + tail.length,
  });
  expect(format.facts.durationMs).toBeGreaterThan(5000);
  expect(format.facts.durationMs).toBeLessThan(7000);
  expect(Number(head.readBigUInt64LE(fileFlagsAt - 48))).toBe(format.facts.bytes);
  expect(Number(head.readBigUInt64LE(fileFlagsAt - 32))).toBe(packets.length);
});

test('the index leads to packets that keyframes begin in', () => {
  const { format, head, body } = recorded();
  const { packetBytes } = readAsfHeader(head);
  const { timesMs, offsets } = format.places;
  expect(timesMs.length).toBeGreaterThanOrEqual(3);
  for (const [at, offset] of offsets.entries()) {
    const packet = readAsfPacket(body.subarray(offset - head.length, offset - head.length + packetBytes));
    expect(packet.sendTimeMs).toBe(timesMs[at]);
    expect(packet.payloads.some(({ isKey, startsObject }) => isKey && startsObject)).toBe(true);
  }
});

test('a file of other streams is another file', () => {
  const format = new AsfFormat(header.payload);
  expect(format.take(header)).toBe(true);
  const other = asfHeader({ packetBytes: 1600 });
  expect(format.take({ ...header, payload: other })).toBe(false);
});

test('what a kill has left is read up to the last packet that is whole, also behind an index', async () => {
  const { format, body, tail } = recorded();
  const head = header.payload;
  for (const left of [body, Buffer.concat([body, tail]), Buffer.concat([body, tail.subarray(0, 30)])]) {
    const stored = {
      bytes: left.length,
      read: async (offset: number, length: number) => left.subarray(offset, offset + length),
      close: async () => {},
    };
    const again = await rereadAsf({ body: stored, head, finish: async () => {}, close: async () => {} });
    expect(again.bodyBytes).toBe(body.length);
    expect(again.format.places).toEqual(format.places);
  }
});
