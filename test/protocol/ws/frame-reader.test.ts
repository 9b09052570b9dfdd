import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { Opcode } from '../../../src/protocol/ws/frame-header.ts';
import { FrameReader } from '../../../src/protocol/ws/frame-reader.ts';
import { everySplit } from '../../support/every-split.ts';

/** What stands in frames: all data as one hex string in its place, however it came. */
function read(parts: readonly Buffer[]): string[] {
  const reader = new FrameReader();
  const found: string[] = [];
  let isInData = false;
  for (const part of parts.flatMap((bytes) => [...reader.decode(bytes)])) {
    if (part.opcode === Opcode.binary) {
      const hex = part.bytes.toString('hex');
      if (isInData) found.push(`${found.pop()}${hex}`);
      else found.push(hex);
    } else if (part.opcode === Opcode.close) found.push(`close ${part.code} ${part.reason}`);
    else found.push(`${part.opcode === Opcode.ping ? 'ping' : 'pong'} ${part.bytes.toString('hex')}`);
    isInData = part.opcode === Opcode.binary;
  }
  return found;
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

const long = (count: number): string => 'ab'.repeat(count);

describe('reads at every split', () => {
  test.each([
    { what: 'a message', wire: '8203 010203', found: ['010203'] },
    { what: 'two messages', wire: '8201 01 8202 0203', found: ['010203'] },
    { what: 'an empty message', wire: '8200 8201 05', found: ['05'] },
    { what: 'the longest length in 7 bits', wire: `827d ${long(125)}`, found: [long(125)] },
    { what: 'the shortest length in 16 bits', wire: `827e 007e ${long(126)}`, found: [long(126)] },
    { what: 'fragments', wire: '0201 01 0001 02 8001 03', found: ['010203'] },
    { what: 'empty fragments', wire: '0200 0000 8001 03 8201 04', found: ['0304'] },
    { what: 'a ping', wire: '8902 0102', found: ['ping 0102'] },
    { what: 'an empty ping at the end', wire: '8201 01 8900', found: ['01', 'ping '] },
    { what: 'a pong between fragments', wire: '0201 01 8a01 ff 8001 02', found: ['01', 'pong ff', '02'] },
    { what: 'the longest ping', wire: `897d ${long(125)}`, found: [`ping ${long(125)}`] },
    { what: 'a close', wire: '8804 03e8 6f6b', found: ['close 1000 ok'] },
    { what: 'a close without a reason', wire: '8802 1194', found: ['close 4500 '] },
    { what: 'a close without a code', wire: '8800', found: ['close 1005 '] },
    { what: 'nothing behind a close', wire: '8800 8203 010203 ffff', found: ['close 1005 '] },
  ])('$what', ({ wire, found }) => {
    for (const parts of everySplit(hex(wire))) expect(read(parts)).toEqual(found);
  });
});

test.each([
  { size: 65_535, header: '827e ffff' },
  { size: 65_536, header: '827f 0000000000010000' },
])('reads $size bytes, however they come', ({ size, header }) => {
  const payload = Buffer.alloc(size, 0xab);
  const wire = Buffer.concat([hex(header), payload, hex('8201 cd')]);
  const places = [1, 2, 3, 4, 9, 10, 11, 5000, wire.length - 4, wire.length - 3, wire.length - 1];
  for (const cut of places)
    expect(read([wire.subarray(0, cut), wire.subarray(cut)])).toEqual([`${payload.toString('hex')}cd`]);
});

test('gives parts as views, as they come', () => {
  const reader = new FrameReader();
  const first = hex('8204 0102');
  const parts = [...reader.decode(first)];
  expect(parts).toEqual([{ opcode: Opcode.binary, bytes: hex('0102') }]);
  expect(parts[0]).toMatchObject({ bytes: { buffer: first.buffer } });
  expect([...reader.decode(hex('0304'))]).toEqual([{ opcode: Opcode.binary, bytes: hex('0304') }]);
});

describe('refuses at every split', () => {
  test.each([
    ['RSV1, which nobody has offered a use for', 'c201 00', /reserved bits/],
    ['RSV2', 'a201 00', /reserved bits/],
    ['RSV3', '9201 00', /reserved bits/],
    ['a masked frame', '8281 00000000 00', /masks its frame/],
    ['text', '8101 41', /text in place of media/],
    ['a reserved data opcode', '8300', /unknown opcode 3/],
    ['a reserved control opcode', '8b00', /unknown opcode 11/],
    ['a continuation of nothing', '8001 00', /continuation of no message/],
    ['a continuation behind the last fragment', '0200 8000 8000', /continuation of no message/],
    ['a message inside a message', '0201 00 8201 00', /message inside a message/],
    ['a fragmented ping', '0901 00', /long or fragmented/],
    ['a ping of 126 bytes', `897e 007e ${long(126)}`, /long or fragmented/],
    ['a close of one byte', '8801 03', /half a code/],
    ['125 as 16 bits', `827e 007d ${long(125)}`, /length 125 in 2 bytes/],
    ['65,535 as 64 bits', '827f 000000000000ffff', /length 65535 in 8 bytes/],
    ['one byte more than 64 MiB', '827f 0000000004000001', /frame of 67108865 bytes, limit 67108864/],
    ['2^53 + 1 bytes', '827f 0020000000000001', /limit/],
    ['the highest bit of a length', '827f 8000000000000001', /limit/],
    ['all bits of a length', '827f ffffffffffffffff', /limit/],
  ])('%s', (_, wire, message) => {
    for (const parts of everySplit(hex(wire))) {
      expect(() => read(parts)).toThrow(
        expect.objectContaining({
          code: 'WEBSOCKET_FRAME_INVALID',
          message: expect.stringMatching(message),
        }),
      );
    }
  });
});

test('takes a frame of 64 MiB without keeping it', () => {
  const reader = new FrameReader();
  expect([...reader.decode(hex('827f 0000000004000000'))]).toEqual([]);
  const part = Buffer.alloc(2 ** 20);
  for (let i = 0; i < 64; i++) expect([...reader.decode(part)]).toHaveLength(1);
  expect(read([hex('8201 01')])).toEqual(['01']);
  expect([...reader.decode(hex('8901 01'))]).toEqual([{ opcode: Opcode.ping, bytes: hex('01') }]);
});

/** Frames as the specification draws them, at leisure. */
function slowFrame(opcode: number, payload: Buffer, isLast: boolean): Buffer {
  const { length } = payload;
  const sizes = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode, ...sizes]), payload]);
}

test('gives what was put into frames, whatever they are cut into', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(payloads, fc.boolean(), fc.array(fc.nat(2500)), (fragments, isOneMessage, cuts) => {
      const wire = Buffer.concat(
        fragments.map((fragment, i) => {
          const isLast = !isOneMessage || i === fragments.length - 1;
          return slowFrame(isOneMessage && i > 0 ? 0 : 2, Buffer.from(fragment), isLast);
        }),
      );
      const places = [0, ...cuts.filter((cut) => cut < wire.length).sort((a, b) => a - b), wire.length];
      const parts = places.slice(1).map((end, i) => wire.subarray(places[i], end));
      expect(read(parts).join('')).toBe(Buffer.concat(fragments).toString('hex'));
    }),
  );
});

test('any bytes give frames or a ProtocolError, nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (parts) => {
      try {
        read(parts.map((part) => Buffer.from(part)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});
