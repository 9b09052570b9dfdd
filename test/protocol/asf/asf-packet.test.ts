import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { AsfFileReader } from '../../../src/protocol/asf/asf-file-reader.ts';
import {
  type AsfPacket,
  durationMs,
  readAsfPacket,
  sendTimeAt,
} from '../../../src/protocol/asf/asf-packet.ts';
import { beginningPacket, fullAsfPacket, shiftAsfTimes } from '../../../src/protocol/asf/asf-rewriting.ts';
import { asfPacket, type MadePacket, type MadePayload } from '../../support/asf-maker.ts';
import { bbbAsfPath } from '../../support/media.ts';

/** Its payloads as `stream`, `k` for a key frame, `s` for the start of an object, size of the data and presentation time. */
function wordsOf(packet: Buffer, { payloads }: AsfPacket): string[] {
  return payloads.map(({ stream, isKey, startsObject, at, end, timeAt }) => {
    const time = timeAt === undefined ? '' : `@${packet.readUInt32LE(timeAt)}`;
    return `${stream}${isKey ? 'k' : ''}${startsObject ? 's' : ''}:${end - at}${time}`;
  });
}
const read = (packet: Buffer, packetBytes?: number) => wordsOf(packet, readAsfPacket(packet, packetBytes));

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('reads', () => {
  test.each([
    {
      what: 'one payload, by hand',
      wire: '820000 08 5d 02 e8030000 2800 81 07 00000000 08 05000000 d0070000 0102030405 0000',
      packet: {
        sendTimeMs: 1000,
        durationMs: 40,
        paddingBytes: 2,
        payloads: [{ stream: 1, isKey: true, startsObject: true, at: 12, end: 32 }],
      },
      words: ['1ks:20@2000'],
    },
    {
      what: 'two payloads, no error correction data, no padding, by hand',
      wire: '01 5d ffffffff ffff 82 81 07 05000000 08 05000000 01000000 0200 aabb 02 00 00000000 08 01000000 02000000 0100 cc',
      packet: { sendTimeMs: 2 ** 32 - 1, durationMs: 65_535, paddingBytes: 0 },
      words: ['1k:19@1', '2s:18@2'],
    },
    {
      what: 'a compressed payload, whose offset is its time',
      wire: '820000 01 5d 00000000 0000 81 03 00 d2040000 01 14 0600 02 aabb 02 ccdd',
      packet: { payloads: [{ timeAt: 14 }] },
      words: ['3s:16@1234'],
    },
    {
      what: 'all lengths in 4 bytes, and none that need not be',
      wire: '820000 7f 7f 32000000 01000000 00000000 00000000 0000 c1 81 01000000 00000000 08000000 01000000 02000000 01000000 aa',
      packet: { bytes: 50 },
      words: ['1ks:26@2'],
    },
    {
      what: 'a payload without any lengths, offset, number or replicated data',
      wire: '00 40 00000000 0000 05 aabbcc',
      packet: { sendTimeMs: 0 },
      words: ['5s:4'],
    },
    { what: 'no payloads', wire: '820000 01 5d 00000000 0000 80 0000', packet: { payloads: [] }, words: [] },
  ])('$what', ({ wire, packet, words }) => {
    const bytes = hex(wire);
    expect(readAsfPacket(bytes)).toMatchObject(packet);
    expect(read(bytes)).toEqual(words);
  });

  test('what ffmpeg has written: keyframes begin alone, or behind the end of another frame', () => {
    const reader = new AsfFileReader();
    reader.push(readFileSync(bbbAsfPath));
    const packets = [...reader.parts()].filter(({ is }) => is === 'packet').map(({ bytes }) => read(bytes));
    const keyframes = packets.filter((words) => words.some((word) => word.startsWith('1ks')));
    expect(packets).toHaveLength(75);
    expect(keyframes).toEqual([
      ['2s:295@3100', '1ks:2893@3146'],
      ['1:855@5106', '2s:295@5144', '1ks:2038@5146'],
      ['1:847@7106', '2s:295@7141', '1ks:2046@7146'],
    ]);
  });

  const payloads: MadePayload[] = [
    { stream: 1, object: 1, offset: 100, data: 5, time: 10 },
    { stream: 2, object: 2, data: 9, time: 20, isKey: true },
  ];
  const types = [0, 1, 2, 3];
  const named = (name: string, from = 0) =>
    types.slice(from).map((type) => ({ name, type, types: { [name]: type } }));
  test.each([
    ...named('packetLength'),
    ...named('sequence'),
    ...named('paddingLength', 2),
    ...named('replicatedLength', 1),
    ...named('offset', 1),
    ...named('objectNumber'),
    ...named('payloadLength', 1),
  ])('$name of length type $type', ({ types }) => {
    const packet = asfPacket({ packetBytes: 200, sendTimeMs: 77, durationMs: 5, payloads, types });
    const result = readAsfPacket(packet);
    expect(result).toMatchObject({ sendTimeMs: 77, durationMs: 5 });
    expect(wordsOf(packet, result).map((word) => word.replace(/:\d+/, ''))).toEqual(['1@10', '2ks@20']);
    expect(sendTimeAt(packet)).toBe(result.layout.sendTimeAt);
    expect(durationMs(packet)).toBe(5);
  });

  test.each(['', '80', '8107', '820000', `8f${'00'.repeat(15)}`])(
    'behind error correction data %s',
    (data) => {
      const packet = asfPacket({ sendTimeMs: 77, payloads, errorCorrection: hex(data) });
      expect(readAsfPacket(packet).sendTimeMs).toBe(77);
      expect(packet.readUInt32LE(sendTimeAt(packet))).toBe(77);
    },
  );

  test('63 payloads', () => {
    const many = Array.from({ length: 63 }, (_, i) => ({ stream: 1 + i, data: 1 }));
    expect(read(asfPacket({ packetBytes: 2000, payloads: many }))).toHaveLength(63);
  });

  test('streams 0 and 127, and empty payloads', () => {
    const packet = asfPacket({
      payloads: [
        { stream: 0, data: 0 },
        { stream: 127, isKey: true, data: 0 },
      ],
    });
    expect(read(packet)).toEqual(['0s:17@0', '127ks:17@0']);
  });
});

describe('a packet without its padding', () => {
  const made: MadePacket = { payloads: [{ stream: 2, data: 50, isKey: true }], isSingle: true };
  test('ends its payload where it ends itself, where that is said', () => {
    const packet = asfPacket({ ...made, isShort: true });
    expect(packet.length).toBe(78);
    expect(read(packet, 400)).toEqual(['2ks:65@0']);
    expect(readAsfPacket(packet, 400)).toMatchObject({ paddingBytes: 0, bytes: 78 });
  });
  test('does so too where it is not said', () => {
    const packet = asfPacket(made).subarray(0, 78);
    expect(read(packet, 400)).toEqual(['2ks:65@0']);
    expect(readAsfPacket(packet, 400)).toMatchObject({ paddingBytes: 322, bytes: 400 });
  });
  test('does so where the length of the packet is', () => {
    const packet = asfPacket({ ...made, types: { packetLength: 2 }, isShort: true });
    expect(read(packet, 400)).toEqual(['2ks:65@0']);
    expect(read(Buffer.concat([packet, Buffer.alloc(10)]), 400)).toEqual(['2ks:65@0']);
  });
});

describe('refuses', () => {
  test.each([
    { what: 'nothing', wire: '', problem: '1 bytes expected, 0 are there' },
    {
      what: 'error correction data of another kind',
      wire: 'a20000 08 5d',
      problem: 'error correction data of an unknown length type',
    },
    { what: 'length type flags with bit 7', wire: '820000 88 5d', problem: 'length type flags with bit 7' },
    {
      what: 'a packet length over the limit',
      wire: '820000 48 5d ffff 02 00000000 0000 81',
      problem: 'a length of 65535 bytes, limit 15',
    },
    {
      what: 'a packet length of 2^32 - 1',
      wire: '820000 60 5d ffffffff 00000000 0000 81',
      problem: 'a length of 4294967295 bytes, limit 16',
    },
    {
      what: 'a packet length of 0',
      wire: '820000 20 5d 00 00000000 0000 81',
      problem: 'padding of 0 bytes, of 0',
    },
    {
      what: 'padding over the limit',
      wire: '820000 08 5d 03 00000000 0000 8100',
      problem: 'padding of 3 bytes, of 14',
    },
    {
      what: 'padding of 2^32 - 1 bytes',
      wire: '820000 18 5d ffffffff 00000000 0000 81',
      problem: 'padding of 4294967295 bytes, of 16',
    },
    {
      what: 'padding where a payload is',
      wire: '00 40 00000000 0000 05 aabbcc'.replace('00 40', '08 40 04'),
      problem: 'padding that begins before byte 10',
    },
    {
      what: 'several payloads without lengths',
      wire: '820000 01 5d 00000000 0000 01',
      problem: 'payloads without lengths',
    },
    {
      what: '63 payloads where there are none',
      wire: '820000 01 5d 00000000 0000 bf',
      problem: '13 bytes expected, 12 are there',
    },
    ...[2, 3, 7].map((size) => ({
      what: `replicated data of ${size} bytes`,
      wire: `820000 00 5d 00000000 0000 81 00 00000000 0${size} ${'00'.repeat(20)}`,
      problem: `replicated data of ${size} bytes`,
    })),
    {
      what: 'replicated data over the end',
      wire: `820000 00 5d 00000000 0000 81 00 00000000 08 ${'00'.repeat(7)}`,
      problem: '26 bytes expected, 25 are there',
    },
    {
      what: 'replicated data of 2^32 - 1 bytes',
      wire: '820000 00 5f 00000000 0000 81 00 00000000 ffffffff',
      problem: '4294967316 bytes expected, 21 are there',
    },
    {
      what: 'a payload over the end',
      wire: `820000 01 5d 00000000 0000 41 81 00 00000000 00 02 aa`,
      problem: '22 bytes expected, 21 are there',
    },
    {
      what: 'a payload of 2^32 - 1 bytes',
      wire: `820000 01 5d 00000000 0000 c1 81 00 00000000 00 ffffffff`,
      problem: '4294967318 bytes expected, 23 are there',
    },
    {
      what: 'payloads behind the end of the packet',
      wire: `820000 21 5d 13 00000000 0000 41 81 00 00000000 00 00`,
      problem: 'payloads up to byte 21, of 19',
    },
  ])('$what', ({ wire, problem }) => {
    expect(() => readAsfPacket(hex(wire))).toThrow(
      expect.objectContaining({ code: 'ASF_PACKET_INVALID', message: `an ASF data packet with ${problem}` }),
    );
  });

  test('a packet that is longer than the header says', () => {
    expect(() => readAsfPacket(asfPacket({ packetBytes: 101 }), 100)).toThrow('101 bytes, limit 100');
  });

  test('what is cut within a payload, or before it', () => {
    const packet = asfPacket({
      packetBytes: 60,
      payloads: [{ stream: 1, data: 10 }],
      types: { paddingLength: 1 },
    });
    const { payloads } = readAsfPacket(packet);
    for (let end = 0; end < (payloads[0]?.end ?? 0); end++)
      expect(() => readAsfPacket(packet.subarray(0, end), 60)).toThrow(ProtocolError);
  });
});

test.each([
  {
    what: 'several payloads',
    packet: asfPacket({
      packetBytes: 150,
      payloads: [
        { stream: 1, data: 20 },
        { stream: 2, isKey: true, data: 30 },
      ],
      types: { packetLength: 2, sequence: 1 },
    }),
  },
  {
    what: 'one',
    packet: asfPacket({ packetBytes: 100, payloads: [{ stream: 1, data: 20 }], isSingle: true }),
  },
  {
    what: 'a compressed one',
    packet: asfPacket({ packetBytes: 100, payloads: [{ stream: 1, parts: [Buffer.from('ab')] }] }),
  },
])('any byte of a packet of $what may have any value, and any number of bytes may be there', ({ packet }) => {
  for (let at = 0; at < packet.length; at++)
    for (const value of [0x00, 0x01, 0x02, 0x3f, 0x40, 0x7f, 0x80, 0xff]) {
      const bytes = Buffer.from(packet);
      bytes[at] = value;
      for (const part of [bytes, bytes.subarray(0, at + 1)]) {
        if (!isReadable(part, packet.length)) continue;
        const begun = beginningPacket(part, packet.length, ({ stream }) => stream === 2);
        const full = fullAsfPacket(begun, packet.length);
        expect(full.length).toBe(packet.length);
        expect(isReadable(full)).toBe(true);
        shiftAsfTimes(Buffer.from(part), packet.length, 1);
      }
    }
});

/** Whether bytes are read as a packet; if not, they are refused as one. */
function isReadable(bytes: Buffer, packetBytes?: number): boolean {
  try {
    readAsfPacket(bytes, packetBytes);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProtocolError', code: 'ASF_PACKET_INVALID' });
    return false;
  }
}

test('any bytes give a packet or a ProtocolError, and payloads one behind the other', () => {
  const anyPacket = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .tuple(fc.uint8Array({ minLength: 30, maxLength: 120 }), fc.nat(127), fc.nat(3))
      .map(([bytes, flags, count]) => {
        bytes.set([0x82, 0, 0, flags, 0x5d], 0);
        bytes[(flags % 8) + 8] = 0x40 | count;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(anyPacket, fc.nat(200), (data, packetBytes) => {
      const packet = Buffer.from(data);
      try {
        const { payloads, layout, bytes, paddingBytes } = readAsfPacket(packet, packetBytes);
        expect(sendTimeAt(packet)).toBe(layout.sendTimeAt);
        expect(bytes).toBeLessThanOrEqual(packetBytes);
        expect(paddingBytes).toBeLessThanOrEqual(bytes);
        let at = layout.payloadsAt;
        for (const payload of payloads) {
          expect(payload.at).toBeGreaterThanOrEqual(at);
          expect(payload.end).toBeGreaterThan(payload.at);
          if (payload.timeAt !== undefined) expect(payload.timeAt + 4).toBeLessThanOrEqual(payload.end);
          at = payload.end;
        }
        expect(at).toBeLessThanOrEqual(packet.length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'ProtocolError', code: 'ASF_PACKET_INVALID' });
      }
    }),
    { numRuns: 3000 },
  );
});
