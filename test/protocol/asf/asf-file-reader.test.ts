import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AsfFileReader } from '../../../src/protocol/asf/asf-file-reader.ts';
import { asfHeader, asfHeaderOf, asfObject, asfPacket, type MadeHeader } from '../../support/asf-maker.ts';
import { everySplit } from '../../support/every-split.ts';
import { bbbAsfPath } from '../../support/media.ts';

/** What the parts of a file are: `header`, and packets by the hex of their last byte. */
function read(parts: readonly Buffer[]): { parts: string[]; reader: AsfFileReader; error?: unknown } {
  const reader = new AsfFileReader();
  const seen: string[] = [];
  try {
    for (const part of parts) {
      reader.push(part);
      for (const { is, bytes } of reader.parts()) seen.push(is === 'header' ? is : bytes.toString('hex', 99));
    }
  } catch (error) {
    return { parts: seen, reader, error };
  }
  return { parts: seen, reader };
}

const packetBytes = 100;
const streams = [{ number: 1, type: 'audio' }] as const;
const packets = [1, 2, 3].map((id) => asfPacket({ packetBytes }).fill(id, 99));
const fileOf = (header: MadeHeader, behind: Buffer = Buffer.alloc(0)) =>
  Buffer.concat([asfHeader({ packetBytes, streams, ...header }), ...packets, behind]);
const index = asfObject('90080033b1e5cf1189f400a0c90349cb', Buffer.alloc(120));

describe('at every split', () => {
  test.each([
    { what: 'a broadcast', file: fileOf({}) },
    { what: 'a broadcast without the index behind it', file: fileOf({}, index) },
    {
      what: 'a file without what stands behind its Data Object',
      file: fileOf({ isBroadcast: false, packetCount: 3 }, index),
    },
    { what: 'a broadcast that claims to have no packets', file: patchedSize(fileOf({}), 50n) },
    { what: 'a file of unknown size', file: patchedSize(fileOf({ isBroadcast: false }), 0n) },
    {
      what: 'a file that claims to be larger',
      file: patchedSize(fileOf({ isBroadcast: false }), 2n ** 64n - 1n),
    },
  ])('reads $what', ({ file }) => {
    for (const parts of everySplit(file)) {
      const { reader, ...result } = read(parts);
      expect(result).toEqual({ parts: ['header', '01', '02', '03'] });
      reader.end();
    }
  });
  test.each([0, 49, 50, 149].map((size) => ({ size, packets: size === 0 ? 3 : 0 })))(
    'reads $packets packets of a Data Object of $size bytes',
    ({ size, packets }) => {
      const { parts } = read([patchedSize(fileOf({ isBroadcast: false }), BigInt(size))]);
      expect(parts).toHaveLength(1 + packets);
    },
  );
});

/** A file whose Data Object claims another size. */
function patchedSize(file: Buffer, size: bigint): Buffer {
  file.writeBigUInt64LE(size, asfHeader({ streams }).length - 50 + 16);
  return file;
}

test('reads what ffmpeg has written', () => {
  const { parts, reader } = read([readFileSync(bbbAsfPath)]);
  expect(parts).toHaveLength(76);
  reader.end();
});

test('gives parts within one chunk as views of it', () => {
  const reader = new AsfFileReader();
  const file = Buffer.from(fileOf({}));
  reader.push(file);
  for (const { bytes } of reader.parts()) expect(bytes.buffer).toBe(file.buffer);
});

test('refuses what is no ASF as soon as it is known, and again', () => {
  const { reader, error } = read(Array.from(Buffer.alloc(30, 'x'), (byte) => Buffer.of(byte)));
  expect(error).toMatchObject({
    code: 'ASF_HEADER_INVALID',
    message: 'no Header Object, at byte 0 of the ASF header',
  });
  expect(() => [...reader.parts()]).toThrow('no Header Object');
});

test('refuses a header that is too large before its bytes come, and a faulty one again', () => {
  const large = Buffer.from(asfHeader());
  large.writeBigUInt64LE(2n ** 20n, 16);
  expect(read([large.subarray(0, 30)]).error).toMatchObject({ code: 'ASF_HEADER_INVALID' });
  const { reader, error } = read([asfHeaderOf([]), packets[0] as Buffer]);
  expect(error).toMatchObject({ message: expect.stringContaining('no File Properties Object') });
  expect(() => [...reader.parts()]).toThrow('no File Properties Object');
});

test.each([
  { what: 'its header', bytes: asfHeader().subarray(0, -1), code: 'ASF_HEADER_INVALID' },
  { what: 'a packet', bytes: fileOf({}).subarray(0, -1), code: 'ASF_PACKET_INVALID' },
])('minds a file that ends inside $what', ({ bytes, code }) => {
  const { reader } = read([bytes]);
  expect(() => reader.end()).toThrow(expect.objectContaining({ code }));
});

test('keeps nothing of what stands behind the Data Object', () => {
  const { reader } = read([
    fileOf({ isBroadcast: false, packetCount: 3 }),
    Buffer.alloc(2 ** 20),
    Buffer.alloc(10),
  ]);
  expect(reader.partialBytes).toBe(0);
});

test('stops while its work is too much, and tells of every object of a header', () => {
  let spent = 0;
  const meter = {
    get isSpent() {
      return spent > 10;
    },
    spend: (work: number) => {
      spent += work;
    },
  };
  const reader = new AsfFileReader(meter);
  reader.push(fileOf({}));
  expect([...reader.parts()].map(({ is }) => is)).toEqual(['header', 'packet']);
  expect(spent).toBe(4 + 3 + 4);
  spent = 0;
  expect([...reader.parts()]).toHaveLength(2);
});
