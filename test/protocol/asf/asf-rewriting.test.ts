import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AsfFileReader } from '../../../src/protocol/asf/asf-file-reader.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import type { AsfPayload } from '../../../src/protocol/asf/asf-payload.ts';
import { beginningPacket, fullAsfPacket, shiftAsfTimes } from '../../../src/protocol/asf/asf-rewriting.ts';
import { asfPacket, type MadePacket, type MadePayload } from '../../support/asf-maker.ts';
import { bbbAsfPath } from '../../support/media.ts';

/** The payloads of a packet as hex, each with its header. */
function payloadsOf(packet: Buffer, packetBytes = packet.length): string[] {
  return readAsfPacket(packet, packetBytes).payloads.map(({ at, end }) => packet.toString('hex', at, end));
}
/** Bytes behind the last payload, by what the packet says and by what there is. */
function paddingOf(packet: Buffer) {
  const { paddingBytes, payloads } = readAsfPacket(packet);
  return { said: paddingBytes, there: packet.length - (payloads.at(-1)?.end ?? 0) };
}
const isKeyOf =
  (number: number) =>
  ({ stream, isKey, startsObject }: AsfPayload) =>
    stream === number && isKey && startsObject;
const audioEnd: MadePayload = { stream: 1, object: 4, offset: 90, data: 10 };
const audio: MadePayload = { stream: 1, object: 5, data: 20 };
const videoEnd: MadePayload = { stream: 2, object: 7, offset: 500, data: 30 };
const key: MadePayload = { stream: 2, object: 8, data: 40, isKey: true, objectBytes: 900 };
const other: MadePayload = { stream: 3, object: 1, data: 5, isKey: true };
const otherEnd: MadePayload = { stream: 3, object: 1, offset: 5, data: 6, isKey: true };

/** Which of the payloads that a packet is made of a beginner at stream 2 keeps, by their places. */
function keptOf(payloads: MadePayload[], more: MadePacket = {}): number[] {
  const packet = asfPacket({ ...more, payloads });
  const bytes = beginningPacket(packet, packet.length, isKeyOf(2));
  expect(bytes.length).toBe(packet.length);
  const all = payloadsOf(packet);
  return payloadsOf(bytes).map((payload) => all.indexOf(payload));
}

describe('a packet to begin with', () => {
  test.each([
    {
      what: 'begins with the key frame, behind the end of a frame and audio',
      payloads: [videoEnd, audio, key],
      kept: [2],
    },
    {
      what: 'keeps what begins behind it',
      payloads: [videoEnd, key, audio, other, otherEnd],
      kept: [1, 2, 3, 4],
    },
    {
      what: 'goes on with nothing that began before it',
      payloads: [audio, key, audioEnd, otherEnd],
      kept: [1],
    },
    {
      what: 'takes up again what goes on behind something new',
      payloads: [key, audioEnd, audio, { ...audio, offset: 20 }],
      kept: [0, 2, 3],
    },
    { what: 'is as it was where the key frame is the first', payloads: [key, audio], kept: [0, 1] },
    { what: 'is as it was without a key frame', payloads: [audio, videoEnd], kept: [0, 1] },
    { what: 'is no key frame of another stream', payloads: [other, audio], kept: [0, 1] },
    {
      what: 'is no part of a key frame that began before',
      payloads: [audio, { ...key, offset: 3 }],
      kept: [0, 1],
    },
  ])('$what', ({ payloads, kept }) => {
    expect(keptOf(payloads)).toEqual(kept);
  });

  test('is not copied where nothing is left out', () => {
    for (const payloads of [[key, audio], [audio]]) {
      const packet = asfPacket({ payloads });
      expect(beginningPacket(packet, 400, isKeyOf(2))).toBe(packet);
    }
    const single = asfPacket({ payloads: [key], isSingle: true });
    expect(beginningPacket(single, 400, isKeyOf(2))).toBe(single);
  });

  test('may begin with a compressed payload', () => {
    const compressed = { stream: 2, isKey: true, time: 9, parts: [Buffer.from('ab'), Buffer.from('c')] };
    expect(keptOf([audio, compressed])).toEqual([1]);
  });

  const types = [0, 1, 2, 3];
  const many = (data: number): MadePayload[] => [{ stream: 1, data }, key, audio];
  test.each(
    types.flatMap((paddingLength) =>
      [0, 1, 250, 260].flatMap((data) =>
        [0, 2, 3].map((packetLength) => ({ paddingLength, packetLength, data })),
      ),
    ),
  )(
    'has its padding said: length types $paddingLength and $packetLength, without $data bytes',
    ({ data, ...types }) => {
      const least = asfPacket({ packetBytes: 2000, payloads: many(data), types, isShort: true }).length;
      const packet = asfPacket({
        packetBytes: least,
        payloads: many(data),
        types,
        sendTimeMs: 5,
        durationMs: 6,
      });
      const bytes = beginningPacket(packet, packet.length, isKeyOf(2));
      expect(payloadsOf(bytes)).toEqual(payloadsOf(packet).slice(1));
      const { said, there } = paddingOf(bytes);
      expect(said).toBe(there);
      expect(bytes.subarray(-there).every((byte) => byte === 0)).toBe(true);
      expect(readAsfPacket(bytes)).toMatchObject({ sendTimeMs: 5, durationMs: 6 });
    },
  );

  test('stays as short as it was', () => {
    const packet = asfPacket({ payloads: [audio, key], isShort: true });
    const bytes = beginningPacket(packet, 400, isKeyOf(2));
    expect(bytes.length).toBe(packet.length);
    expect(payloadsOf(bytes, 400)).toEqual(payloadsOf(packet, 400).slice(1));
    expect(paddingOf(bytes)).toEqual({ said: 37, there: 37 });
  });

  test('of what ffmpeg has written has nothing but the key frame', () => {
    const reader = new AsfFileReader();
    reader.push(readFileSync(bbbAsfPath));
    const packet = [...reader.parts()].filter(({ is }) => is === 'packet')[26]?.bytes as Buffer;
    const bytes = beginningPacket(packet, 3200, isKeyOf(1));
    expect(payloadsOf(bytes)).toEqual(payloadsOf(packet).slice(2));
    expect(paddingOf(bytes)).toEqual({ said: 1148, there: 1148 });
  });
});

describe('a full packet', () => {
  const types = [0, 1, 2, 3];
  test.each(
    types.flatMap((paddingLength) =>
      [1, 255, 256, 300].flatMap((missing) =>
        [true, false].map((isSingle) => ({ paddingLength, missing, isSingle })),
      ),
    ),
  )(
    'says its padding: length type $paddingLength, $missing bytes, single: $isSingle',
    ({ paddingLength, missing, isSingle }) => {
      const payloads = isSingle ? [key] : [audio, key];
      const packet = asfPacket({ payloads, isSingle, isShort: true, types: { paddingLength } });
      const size = packet.length + missing;
      const bytes = fullAsfPacket(packet, size);
      expect(bytes.length).toBe(size);
      expect(payloadsOf(bytes)).toEqual(payloadsOf(packet, size));
      expect(paddingOf(bytes).said).toBe(paddingOf(bytes).there);
    },
  );

  test('says no more than it did where its length is said, or its padding already', () => {
    for (const types of [{ packetLength: 2, paddingLength: 0 }, { packetLength: 2 }]) {
      const packet = asfPacket({ payloads: [key], isSingle: true, isShort: true, types });
      expect(fullAsfPacket(packet, 400)).toEqual(Buffer.concat([packet, Buffer.alloc(400 - packet.length)]));
    }
    const whole = asfPacket({ payloads: [key], isSingle: true });
    expect(fullAsfPacket(whole.subarray(0, readAsfPacket(whole).payloads[0]?.end), 400)).toEqual(whole);
  });

  test('is not copied', () => {
    const packet = asfPacket({ payloads: [key] });
    expect(fullAsfPacket(packet, 400)).toBe(packet);
  });
});

describe('times are moved', () => {
  test.each([
    { byMs: 1000, send: 1077, times: [1010, 1000 + 2 ** 31, undefined] },
    { byMs: 2 ** 32 - 78, send: 2 ** 32 - 1, times: [2 ** 32 - 68, 2 ** 31 - 78, undefined] },
  ])('by $byMs ms', ({ byMs, send, times }) => {
    const compressed = { stream: 2, time: 2 ** 31, parts: [Buffer.from('a')] };
    const none = { stream: 3, data: 1, replicated: Buffer.alloc(0) };
    const packet = asfPacket({ sendTimeMs: 77, payloads: [{ ...audio, time: 10 }, compressed, none] });
    const before = Buffer.from(packet);
    shiftAsfTimes(packet, 400, byMs);
    const { sendTimeMs, payloads } = readAsfPacket(packet);
    expect(sendTimeMs).toBe(send);
    expect(payloads.map(({ timeAt }) => timeAt && packet.readUInt32LE(timeAt))).toEqual(times);
    shiftAsfTimes(packet, 400, 2 ** 32 - byMs);
    expect(packet).toEqual(before);
  });

  test('but not those of compressed payloads that have no 4 bytes', () => {
    const payloads = [{ stream: 2, time: 200, parts: [Buffer.from('a')] }];
    const packet = asfPacket({ payloads, types: { offset: 1 } });
    const before = Buffer.from(packet);
    shiftAsfTimes(packet, 400, 0);
    expect(packet).toEqual(before);
    shiftAsfTimes(packet, 400, 1);
    expect(payloadsOf(packet)).toEqual(payloadsOf(before));
  });
});

const anyPayload = fc.record({
  stream: fc.integer({ min: 1, max: 3 }),
  isKey: fc.boolean(),
  object: fc.nat(255),
  offset: fc.constantFrom(0, 0, 7),
  time: fc.nat(2 ** 32 - 1),
  data: fc.uint8Array({ maxLength: 150 }).map((bytes) => Buffer.from(bytes)),
});
const anyTypes = fc.record({
  packetLength: fc.constantFrom(0, 2, 3),
  sequence: fc.nat(3),
  paddingLength: fc.constantFrom(0, 2, 3),
  objectNumber: fc.nat(3),
  offset: fc.integer({ min: 1, max: 3 }),
  replicatedLength: fc.integer({ min: 1, max: 3 }),
  payloadLength: fc.integer({ min: 1, max: 3 }),
});

test('whatever is left out or padded, the rest of a packet is read as before', () => {
  fc.assert(
    fc.property(
      fc.array(anyPayload, { maxLength: 12 }),
      anyTypes,
      fc.boolean(),
      (payloads, types, isShort) => {
        const packet = asfPacket({ packetBytes: 2500, payloads, types, isShort });
        const all = payloadsOf(packet, 2500);
        const bytes = beginningPacket(packet, 2500, isKeyOf(2));
        expect(bytes.length).toBe(packet.length);
        const kept = payloadsOf(bytes, 2500);
        const first = payloads.findIndex(
          ({ stream, isKey, offset }) => stream === 2 && isKey && offset === 0,
        );
        expect(kept[0]).toBe(all[Math.max(0, first)]);
        const started = (stream: number, end: number) =>
          payloads.slice(first, end).some((payload) => payload.stream === stream && payload.offset === 0);
        const expected = all.filter(
          (_, i) => first === -1 || (i >= first && started(payloads[i]?.stream ?? 0, i + 1)),
        );
        expect(kept).toEqual(expected);
        const full = fullAsfPacket(bytes, 2500);
        expect(full.length).toBe(2500);
        expect(payloadsOf(full)).toEqual(kept);
      },
    ),
    { numRuns: 300 },
  );
});
