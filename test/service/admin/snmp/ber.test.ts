import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BerError,
  BerReader,
  encode,
  encodeNumber,
  encodeOctets,
  encodeOid,
  Tag,
} from '../../../../src/service/admin/snmp/ber.ts';

const reader = (hex: string): BerReader => new BerReader(Buffer.from(hex, 'hex'));

describe('what is encoded', () => {
  test.each([
    { value: 0, hex: '020100' },
    { value: 127, hex: '02017f' },
    { value: 128, hex: '02020080' },
    { value: -1, hex: '0201ff' },
    { value: -129, hex: '0202ff7f' },
    { value: 2 ** 31 - 1, hex: '02047fffffff' },
  ])('$value is $hex, and back', ({ value, hex }) => {
    expect(encodeNumber(value).toString('hex')).toBe(hex);
    expect(reader(hex).readInteger()).toBe(value);
  });

  test('numbers without a sign have room for none', () => {
    expect(encodeNumber(2 ** 32 - 1, Tag.gauge32).toString('hex')).toBe('420500ffffffff');
    expect(encodeNumber(2n ** 64n - 1n, Tag.counter64).toString('hex')).toBe('460900ffffffffffffffff');
  });

  test.each([
    { oid: [1, 3, 6, 1, 4, 1, 8072, 9999], hex: '06092b06010401bf08ce0f' },
    { oid: [2, 999, 3], hex: '060388 3703'.replace(' ', '') },
    { oid: [0, 0], hex: '060100' },
    { oid: [1, 3, 2 ** 32 - 1], hex: '06062b8fffffff7f' },
  ])('$oid is $hex, and back', ({ oid, hex }) => {
    expect(encodeOid(oid).toString('hex')).toBe(hex);
    expect(reader(hex).readOid()).toEqual(oid);
  });

  test('a length of any size, and back', () => {
    for (const size of [0, 127, 128, 255, 256, 65_535]) {
      const bytes = new BerReader(encodeOctets(Buffer.alloc(size, 7))).read(Tag.octets);
      expect(bytes.equals(Buffer.alloc(size, 7))).toBe(true);
    }
  });
});

describe('what is not encoded as it has to be', () => {
  test.each([
    { fault: 'nothing', hex: '' },
    { fault: 'another tag', hex: '040100' },
    { fault: 'a tag without a length', hex: '02' },
    { fault: 'an indefinite length', hex: '02800000' },
    { fault: 'a length of four bytes', hex: '02840000000100' },
    { fault: 'a length that is cut', hex: '0282' },
    { fault: 'a length beyond the end', hex: '020201' },
    { fault: 'no bytes', hex: '0200' },
    { fault: 'five bytes', hex: '02050102030405' },
  ])('an integer: $fault', ({ hex }) => {
    expect(() => reader(hex).readInteger()).toThrow(BerError);
  });

  test.each([
    { fault: 'ends in a number', hex: '06022b80' },
    { fault: 'a number of 33 bits', hex: '06062b9fffffff7f' },
    { fault: 'a number that goes on and on', hex: `0614${'ff'.repeat(19)}7f` },
    { fault: '130 numbers', hex: `068181${'01'.repeat(129)}` },
  ])('an OID: $fault', ({ hex }) => {
    expect(() => reader(hex).readOid()).toThrow(BerError);
  });

  test('any bytes give values or a BerError, and nothing else', () => {
    const reads = [Tag.sequence, Tag.octets].map((tag) => (one: BerReader) => one.enter(tag));
    const all = [...reads, (one: BerReader) => one.readInteger(), (one: BerReader) => one.readOid()];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...all), (bytes, read) => {
        try {
          read(new BerReader(Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(BerError);
        }
      }),
    );
  });
});

test('what stands behind the end is not passed over', () => {
  const two = new BerReader(Buffer.concat([encodeNumber(1), encodeNumber(2)]));
  two.readInteger();
  expect(two.isEmpty).toBe(false);
  expect(() => two.end()).toThrow(BerError);
  expect(two.readInteger()).toBe(2);
  two.end();
  expect(two.peekTag()).toBeUndefined();
  expect(encode(Tag.sequence).toString('hex')).toBe('3000');
});
