import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  encodeMmshChange,
  encodeMmshEnd,
  encodeMmshHeader,
  encodeMmshNotice,
} from '../../../src/protocol/mmsh/mmsh-packet.ts';
import { type MmshFraming, MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import { everySplit } from '../../support/every-split.ts';
import { heldMemory } from '../../support/held-memory.ts';
import { changePacket, encoderPacket, servedPacket } from '../../support/wms/encoder-packets.ts';

/** An ASF header of no objects. @param bytes - of the Header Object */
function smallHeader(bytes = 30): Buffer {
  const header = Buffer.alloc(bytes + 50);
  header.write('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
  header.writeBigUInt64LE(BigInt(bytes), 16);
  return header.fill(0x77, 24);
}

const header = smallHeader();
const whole = { locationId: 0, afFlags: 0x0c };
const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');

/** The packets and the error that the parts give, payloads in hex. */
function read(
  parts: readonly Buffer[],
  framing: MmshFraming = 'detect',
): { packets: object[]; error?: unknown } {
  const reader = new MmshReader({ framing });
  const packets: object[] = [];
  try {
    for (const part of parts) {
      reader.push(part);
      for (const packet of reader.packets())
        packets.push(
          Object.fromEntries(
            Object.entries(packet).map(([name, value]) => [
              name,
              Buffer.isBuffer(value) ? value.toString('hex') : value,
            ]),
          ),
        );
    }
    reader.end();
  } catch (error) {
    return { packets, error };
  }
  return { packets };
}

const headerPacket = { is: 'header', header: header.toString('hex') };
const data = (packet: string, locationId?: number): object => ({ is: 'data', packet, locationId });

describe('packets at every split', () => {
  test.each<{ form: string; wire: Buffer[]; packets: object[]; framing?: MmshFraming }>([
    {
      form: 'what a server sends',
      wire: [
        servedPacket('H', header, whole),
        servedPacket('D', hex('820000'), { locationId: 7, afFlags: 200 }),
        hex('24 45 04 00 00 00 00 00'),
      ],
      packets: [headerPacket, data('820000', 7), { is: 'end', reason: 0 }],
    },
    {
      form: 'what an encoder pushes, with fillers',
      wire: [
        encoderPacket('H', header),
        encoderPacket('D', hex('820001')),
        encoderPacket('F', Buffer.alloc(5)),
        encoderPacket('F'),
        encoderPacket('D', hex('820002')),
        hex('24 45 04 00 01 00 00 00'),
      ],
      packets: [headerPacket, data('820001'), data('820002'), { is: 'end', reason: 1 }],
    },
    {
      form: 'a stream change with the new header within',
      wire: [encoderPacket('H', header), changePacket(smallHeader(31)), encoderPacket('D', hex('01'))],
      packets: [
        headerPacket,
        { is: 'change' },
        { is: 'header', header: smallHeader(31).toString('hex') },
        data('01'),
      ],
    },
    {
      form: 'a stream change with the new header behind it',
      wire: [servedPacket('H', header, whole), encodeMmshChange(), encodeMmshHeader(header)],
      packets: [headerPacket, { is: 'change' }, headerPacket],
    },
    {
      form: 'the end that ffmpeg writes, with a data packet header',
      wire: [servedPacket('H', header, whole), hex('24 45 08 00 38000000 00 00 0800')],
      packets: [headerPacket, { is: 'end', reason: 0 }],
    },
    {
      form: 'an end with a data packet header and a reason',
      wire: [servedPacket('H', header, whole), hex('24 45 0c 00 09000000 00 00 0c00 01000000')],
      packets: [headerPacket, { is: 'end', reason: 1 }],
    },
    {
      form: 'an end before everything',
      wire: [hex('24 45 04 00 ffffffff')],
      packets: [{ is: 'end', reason: 2 ** 32 - 1 }],
    },
    {
      form: 'the B bit',
      wire: [hex('a4 45 04 00 00000000'), hex('a4 46 00 00')],
      packets: [{ is: 'end', reason: 0 }],
    },
    {
      form: 'pieces of a header that are numbered',
      wire: [
        servedPacket('H', header.subarray(0, 30), { locationId: 2 ** 32 - 1, afFlags: 0x04 }),
        servedPacket('M', hex('00')),
        servedPacket('H', header.subarray(30, 60), { locationId: 0, afFlags: 0 }),
        servedPacket('H', Buffer.alloc(0), { locationId: 1, afFlags: 0 }),
        servedPacket('H', header.subarray(60), { locationId: 2, afFlags: 0x08 }),
        servedPacket('D', hex('05'), { locationId: 2 ** 32 - 1, afFlags: 0 }),
      ],
      packets: [headerPacket, data('05', 2 ** 32 - 1)],
    },
    {
      form: 'pieces of a header that are not numbered',
      wire: [
        encoderPacket('H', header.subarray(0, 30)),
        encoderPacket('F', Buffer.alloc(3)),
        encoderPacket('H', header.subarray(30, 31)),
        encoderPacket('H', header.subarray(31)),
        encoderPacket('D', hex('05')),
      ],
      packets: [headerPacket, data('05')],
    },
    {
      form: 'what nobody needs, and ids that nobody knows',
      wire: ['M', 'P', 'T', 'F', 'A', '\0', '\xff'].map((id) => encoderPacket(id, Buffer.alloc(9))),
      packets: [],
    },
    {
      form: 'a notice',
      wire: [encodeMmshNotice(hex('0102')), encodeMmshNotice(hex(''))],
      packets: [
        { is: 'notice', payload: '0102' },
        { is: 'notice', payload: '' },
      ],
    },
    {
      form: 'a push that goes on with media',
      framing: 'plain',
      wire: [encoderPacket('D', hex('08')), encoderPacket('D')],
      packets: [data('08'), data('')],
    },
    {
      form: 'a push with data packet headers that goes on with media',
      framing: 'with data packet headers',
      wire: [servedPacket('D', hex('08'))],
      packets: [data('08', 0)],
    },
    { form: 'nothing', wire: [], packets: [] },
  ])('reads $form', ({ wire, packets, framing }) => {
    for (const parts of everySplit(Buffer.concat(wire))) expect(read(parts, framing)).toEqual({ packets });
  });
});

describe('faults at every split', () => {
  const first = servedPacket('H', header.subarray(0, 30), { locationId: 0, afFlags: 0x04 });
  const middle = servedPacket('H', header.subarray(30, 40), { locationId: 1, afFlags: 0 });
  const declaring = (size: bigint): Buffer => {
    const declared = Buffer.from(header);
    declared.writeBigUInt64LE(size, 16);
    return declared;
  };

  test.each<{
    fault: string;
    wire: Buffer[];
    code?: string;
    message: string;
    framing?: MmshFraming;
    packets?: number;
  }>([
    {
      fault: 'another first byte',
      wire: [encoderPacket('F'), Buffer.from('GET / HTTP/1.1')],
      message: 'a packet that begins with 0x47, expected 0x24, at byte 4',
    },
    {
      fault: 'media before the header',
      wire: [encoderPacket('D', hex('820000'))],
      message: 'a $D packet before the first $H packet, at byte 0',
    },
    {
      fault: 'a header that is none',
      wire: [encoderPacket('H', Buffer.alloc(40))],
      message: 'a $H packet that does not begin with an ASF header, at byte 0',
    },
    {
      fault: 'an empty header',
      wire: [encoderPacket('H')],
      message: 'a $H packet that does not begin with an ASF header, at byte 0',
    },
    {
      fault: 'a header that ends before its size',
      wire: [encoderPacket('H', header.subarray(0, 29))],
      code: 'ASF_HEADER_INVALID',
      message: '30 bytes expected, 29 are there, at byte 0 of the ASF header',
    },
    ...[0n, 29n, 2n ** 20n - 49n, 2n ** 32n - 1n, 2n ** 64n - 1n].map((size) => ({
      fault: `a header of ${size} bytes`,
      wire: [encoderPacket('H', declaring(size).subarray(0, 30))],
      code: 'ASF_HEADER_INVALID',
      message: `a Header Object of ${Number(size)} bytes, expected 30 to 1048526, at byte 16 of the ASF header`,
    })),
    {
      fault: 'a header that is longer than it says',
      wire: [encoderPacket('H', declaring(31n).subarray(0, 30)), encoderPacket('H', Buffer.alloc(52))],
      message: 'an ASF header of 81 bytes in pieces of 82, at byte 34',
    },
    {
      fault: 'a last piece that leaves something out',
      wire: [servedPacket('H', declaring(31n), whole)],
      message: 'an ASF header of 81 bytes in pieces of 80, at byte 0',
    },
    {
      fault: 'a missing piece',
      wire: [first, servedPacket('H', header.subarray(40), { locationId: 2, afFlags: 0x08 })],
      message: 'piece 2 of an ASF header, expected 1, at byte 42',
    },
    {
      fault: 'a first piece twice',
      wire: [first, first],
      message: 'the first piece of an ASF header while another one is not whole, at byte 42',
    },
    {
      fault: 'a first piece twice, without numbers',
      wire: [encoderPacket('H', header.subarray(0, 30)), encoderPacket('H', header.subarray(0, 30))],
      message: 'the first piece of an ASF header while another one is not whole, at byte 34',
    },
    {
      fault: 'a middle piece first',
      wire: [middle],
      framing: 'with data packet headers',
      message: 'a piece of an ASF header whose first piece has not come, at byte 0',
    },
    {
      fault: 'a middle piece first, without numbers',
      wire: [encoderPacket('H', header.subarray(30))],
      framing: 'plain',
      message: 'a piece of an ASF header whose first piece has not come, at byte 0',
    },
    {
      fault: 'media between pieces',
      wire: [first, middle, servedPacket('D', hex('01'))],
      message: 'a $D packet before the last piece of an ASF header, at byte 64',
    },
    {
      fault: 'an end between pieces',
      wire: [encoderPacket('H', header.subarray(0, 30)), encodeMmshEnd(0)],
      message: 'a $E packet before the last piece of an ASF header, at byte 34',
    },
    {
      fault: 'media without a data packet header, after packets with one',
      wire: [servedPacket('H', header, whole), encoderPacket('D', Buffer.alloc(20))],
      message: 'PacketSize 0 in a packet of 20 bytes, at byte 92',
      packets: 1,
    },
    {
      fault: 'media that is too short for its data packet header',
      wire: [servedPacket('H', header, whole), encoderPacket('D', Buffer.alloc(7))],
      message: 'a packet of 7 bytes, too short for its MMS data packet header, at byte 92',
      packets: 1,
    },
    {
      fault: 'a header with a data packet header, after packets without one',
      wire: [encoderPacket('H', header), servedPacket('H', header, whole)],
      message: 'a piece of an ASF header whose first piece has not come, at byte 84',
      packets: 1,
    },
    {
      fault: 'a PacketSize of 65535',
      wire: [servedPacket('H', header, { ...whole, packetSize: 0xffff })],
      message: 'PacketSize 65535 in a packet of 88 bytes, at byte 0',
    },
    { fault: 'an empty end', wire: [encoderPacket('E')], message: 'a $E packet of 0 bytes, at byte 0' },
    {
      fault: 'an end that is cut',
      wire: [encoderPacket('E', hex('000000'))],
      message: 'a $E packet of 3 bytes, at byte 0',
    },
    {
      fault: 'a change that is cut',
      wire: [encoderPacket('C', hex('000000'))],
      message: 'a $C packet of 3 bytes, at byte 0',
    },
    {
      fault: 'a change that holds no header',
      wire: [encoderPacket('H', header), encoderPacket('C', Buffer.alloc(20))],
      message: 'a piece of an ASF header whose first piece has not come, at byte 84',
      packets: 2,
    },
    {
      fault: 'the end of the stream in a framing header',
      wire: [encoderPacket('F'), hex('2444')],
      message: 'the stream ends inside a packet, at byte 4',
    },
    {
      fault: 'the end of the stream in a packet',
      wire: [hex('24 44 02 00 01')],
      framing: 'plain',
      message: 'the stream ends inside a packet, at byte 0',
    },
    {
      fault: 'the end of the stream in a filler',
      wire: [hex('24 46 ff ff 01')],
      message: 'the stream ends inside a packet, at byte 0',
    },
    {
      fault: 'the end of the stream between pieces',
      wire: [first, middle],
      message: 'the stream ends inside an ASF header, at byte 64',
    },
  ])('refuses $fault', ({ wire, code = 'MMSH_PACKET_INVALID', message, framing, packets = 0 }) => {
    for (const parts of everySplit(Buffer.concat(wire))) {
      const result = read(parts, framing);
      expect(result.error).toBeInstanceOf(ProtocolError);
      expect(result.error).toMatchObject({ code, message });
      expect(result.packets).toHaveLength(packets);
    }
  });
});

test('throws the same error again, whatever comes', () => {
  const reader = new MmshReader();
  reader.push(encoderPacket('D', hex('01')));
  for (let i = 0; i < 2; i++) {
    expect(() => [...reader.packets()]).toThrow('a $D packet before the first $H packet, at byte 0');
    reader.push(encoderPacket('H', header));
  }
  expect(() => reader.end()).toThrow('a $D packet before the first $H packet, at byte 0');
});

test.each<[MmshFraming, Buffer]>([
  ['plain', encoderPacket('H', header)],
  ['with data packet headers', servedPacket('H', header, whole)],
])('shows that packets come %s', (framing, wire) => {
  const reader = new MmshReader();
  expect(reader.framing).toBe('detect');
  reader.push(wire);
  for (const _packet of reader.packets());
  expect(reader.framing).toBe(framing);
});

test('reads a header of the largest size in pieces of the largest size, and no larger one', () => {
  const largest = smallHeader(2 ** 20 - 50);
  expect(read([encodeMmshHeader(largest)]).packets).toEqual([
    { is: 'header', header: largest.toString('hex') },
  ]);
  expect(read([encodeMmshHeader(smallHeader(2 ** 20 - 49))]).error).toMatchObject({
    code: 'ASF_HEADER_INVALID',
  });
});

test('keeps a header in pieces of a byte as compactly as a whole one', () => {
  const size = 200_000;
  const first = smallHeader(size).subarray(0, 30);
  const reader = new MmshReader();
  reader.push(servedPacket('H', first, { locationId: 0, afFlags: 0x04 }));
  const before = heldMemory();
  for (let at = 0; at < size; at++) {
    reader.push(servedPacket('H', hex('00'), { locationId: at + 1 }));
    for (const _packet of reader.packets());
  }
  expect(reader.partialBytes).toBe(30 + size);
  expect(heldMemory() - before).toBeLessThan(2 * size);
});

test('passes 65,535 bytes of a packet without keeping them, and counts the ids that nobody knows', () => {
  const reader = new MmshReader();
  for (const id of ['Z', 'F', 'M', 'P', 'T']) {
    const packet = encoderPacket(id, Buffer.alloc(65_535));
    for (let at = 0; at < packet.length; at += 1000) {
      reader.push(packet.subarray(at, at + 1000));
      expect([...reader.packets()]).toEqual([]);
      expect(reader.partialBytes).toBe(0);
    }
  }
  expect(reader.unknownPackets).toBe(1);
});

test('gives a packet within one chunk as a view of it', () => {
  const reader = new MmshReader({ framing: 'plain' });
  const chunk = encoderPacket('D', hex('820000'));
  reader.push(chunk);
  const [packet] = reader.packets();
  expect(packet?.is === 'data' && packet.packet.buffer).toBe(chunk.buffer);
});

test('tells the meter of every packet, of those nobody wants too, and stops in front of the next one', () => {
  const told: [work: number, bytes: number][] = [];
  let isSpent = false;
  const meter = {
    get isSpent() {
      return isSpent;
    },
    spend(work: number, bytes: number) {
      told.push([work, bytes]);
      isSpent = told.length % 2 === 0;
    },
  };
  const reader = new MmshReader({ meter });
  reader.push(
    Buffer.concat([encoderPacket('F', Buffer.alloc(9)), encoderPacket('Q'), encoderPacket('H', header)]),
  );
  expect([...reader.packets()]).toEqual([]);
  expect(told).toEqual([
    [4, 9],
    [4, 0],
  ]);
  isSpent = false;
  expect([...reader.packets()]).toEqual([{ is: 'header', header }]);
  expect(told).toHaveLength(3);
});

const anyPacket = fc.oneof(
  fc.record({ is: fc.constant('data' as const), packet: fc.uint8Array({ maxLength: 30 }) }),
  fc.record({ is: fc.constant('header' as const), objectBytes: fc.integer({ min: 30, max: 200 }) }),
  fc.record({ is: fc.constant('end' as const), reason: fc.nat(2 ** 32 - 1) }),
  fc.record({ is: fc.constant('notice' as const), payload: fc.uint8Array({ maxLength: 9 }) }),
  fc.record({ is: fc.constant('change' as const) }),
);
type AnyPacket = typeof anyPacket extends fc.Arbitrary<infer T> ? T : never;

/** What a server sends of these packets, the header first. */
function encode(packets: readonly AnyPacket[]): Buffer {
  const parts = packets.map((packet, i) => {
    switch (packet.is) {
      case 'data':
        return servedPacket('D', Buffer.from(packet.packet), { locationId: i, afFlags: i & 0xff });
      case 'header':
        return encodeMmshHeader(smallHeader(packet.objectBytes));
      case 'end':
        return encodeMmshEnd(packet.reason);
      case 'notice':
        return encodeMmshNotice(Buffer.from(packet.payload));
      case 'change':
        return encodeMmshChange();
      default:
        return packet satisfies never;
    }
  });
  return Buffer.concat([encodeMmshHeader(header), ...parts]);
}

test('reads what is written, however it is cut', () => {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 5 }), (packets) => {
      const expected = packets.map((packet, i) => {
        if (packet.is === 'data') return data(text(packet.packet), i);
        if (packet.is === 'notice') return { ...packet, payload: text(packet.payload) };
        if (packet.is === 'header') return { is: 'header', header: text(smallHeader(packet.objectBytes)) };
        return packet;
      });
      for (const parts of everySplit(encode(packets)))
        expect(read(parts)).toEqual({ packets: [headerPacket, ...expected] });
    }),
    { numRuns: 20 },
  );
});

test('any bytes give packets or a ProtocolError, the same at every cut', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
  const framings = fc.constantFrom<MmshFraming>('detect', 'plain', 'with data packet headers');
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 3 }), damage, framings, (packets, damaged, framing) => {
      const stream = encode(packets);
      for (const [at, byte] of damaged) stream[at % stream.length] = byte;
      const expected = read([stream], framing);
      if (expected.error !== undefined) expect(expected.error).toBeInstanceOf(ProtocolError);
      for (const parts of everySplit(stream)) expect(read(parts, framing)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), framings, (bytes, framing) => {
      const { error } = read([Buffer.concat([hex('24'), bytes])], framing);
      if (error !== undefined) expect(error).toBeInstanceOf(ProtocolError);
    }),
  );
});
