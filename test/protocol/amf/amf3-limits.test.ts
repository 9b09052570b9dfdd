import { describe, expect, test } from 'vitest';
import { type AmfLimits, deepestNesting } from '../../../src/protocol/amf/amf-limits.ts';
import { amfObject, Dictionary, TypedObject } from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { hex } from '../../support/chunk-outcome.ts';
import { faultOf } from '../../support/protocol-fault.ts';

function decodeFault(bytes: Uint8Array, limits?: Partial<AmfLimits>): string | undefined {
  return faultOf(() => decodeAmf3(bytes, limits))?.code;
}

describe('hostile bytes', () => {
  test.each([
    { bytes: 'unknown marker', wire: '01 12', code: 'AMF_MARKER_UNKNOWN', place: '0x12 before offset 2' },
    {
      bytes: 'highest marker',
      wire: '09 03 01 ff',
      code: 'AMF_MARKER_UNKNOWN',
      place: '0xff before offset 4',
    },
    { bytes: 'array of 2^28-1', wire: '09 ffffffff 01', code: 'AMF_TOO_MANY_VALUES', place: 'offset 5' },
    { bytes: 'array over its bytes', wire: '09 8149 01 01', code: 'AMF_TRUNCATED', place: '2 are there' },
    {
      bytes: 'class of 2^25-1 properties',
      wire: '0a fffffff3 01',
      code: 'AMF_TOO_MANY_VALUES',
      place: 'offset 6',
    },
    { bytes: 'class over its bytes', wire: '0a 8c43 01 01', code: 'AMF_TRUNCATED', place: '1 are there' },
    { bytes: 'dictionary of 2^28-1', wire: '11 ffffffff 00', code: 'AMF_TOO_MANY_VALUES', place: 'offset 6' },
    {
      bytes: 'dictionary over its bytes',
      wire: '11 8149 00 01',
      code: 'AMF_TRUNCATED',
      place: '1 are there',
    },
    {
      bytes: 'vector of int of 2^28-1',
      wire: '0d ffffffff 00',
      code: 'AMF_TOO_MANY_VALUES',
      place: 'offset 6',
    },
    {
      bytes: 'vector of uint over its bytes',
      wire: '0e 8149 00 00000001',
      code: 'AMF_TRUNCATED',
      place: '400 bytes',
    },
    {
      bytes: 'vector of Number over its bytes',
      wire: '0f 8149 00 00000001',
      code: 'AMF_TRUNCATED',
      place: '800 bytes',
    },
    {
      bytes: 'vector of objects of 2^28-1',
      wire: '10 ffffffff 00 01',
      code: 'AMF_TOO_MANY_VALUES',
      place: 'offset 7',
    },
    {
      bytes: 'string of 2^28-1',
      wire: '06 ffffffff',
      code: 'AMF_VALUE_INVALID',
      place: 'string of 268435455 bytes',
    },
    {
      bytes: 'XML of 2^28-1',
      wire: '0b ffffffff',
      code: 'AMF_VALUE_INVALID',
      place: 'string of 268435455 bytes',
    },
    {
      bytes: 'byte array of 2^28-1',
      wire: '0c ffffffff',
      code: 'AMF_VALUE_INVALID',
      place: 'byte array of 268435455',
    },
    { bytes: 'string over its bytes', wire: '06 8149 61', code: 'AMF_TRUNCATED', place: 'offset 3' },
    { bytes: 'object without end', wire: '0a 0b 01 03 61 01', code: 'AMF_TRUNCATED', place: 'offset 6' },
    {
      bytes: 'string 2^28-1 before it',
      wire: '06 fffffffe',
      code: 'AMF_REFERENCE_INVALID',
      place: '268435455',
    },
    { bytes: 'class 2^27-1', wire: '0a fffffffd', code: 'AMF_REFERENCE_INVALID', place: '134217727' },
    {
      bytes: 'flags without end',
      wire: `0a 07 07 445341 ${'80'.repeat(9)}`,
      code: 'AMF_VALUE_INVALID',
      place: 'flags',
    },
    {
      bytes: 'id of 15 bytes',
      wire: `0a 07 07 445341 80 01 0c 1f ${'00'.repeat(15)}`,
      code: 'AMF_VALUE_INVALID',
      place: 'id',
    },
    {
      bytes: 'id that is a text',
      wire: '0a 07 07 445341 80 01 06 03 61',
      code: 'AMF_VALUE_INVALID',
      place: 'id',
    },
  ])('$bytes: $code', ({ wire, code, place }) => {
    const fault = faultOf(() => decodeAmf3(hex(wire)));
    expect(fault?.code).toBe(code);
    expect(fault?.message).toContain(place);
  });
});

describe('limits', () => {
  const nestings = [
    { form: 'arrays', open: '09 03 01', close: '' },
    { form: 'keyed arrays', open: '09 01 03 61', close: '01' },
    { form: 'objects', open: '0a 0b 01 03 61', close: '01' },
    { form: 'sealed objects', open: '0a 13 01 03 61', close: '' },
    { form: 'vectors', open: '10 03 00 01', close: '' },
    { form: 'dictionaries by value', open: '11 03 00 01', close: '' },
    { form: 'dictionaries by key', open: '11 03 00', close: '01' },
    { form: 'messages of BlazeDS', open: '0a 07 07 445341 01', close: '00' },
  ];

  test.each(nestings)('$form nest 64 deep, or as deep as is said', ({ open, close }) => {
    const nested = (depth: number) => hex(`${open.repeat(depth)} 01 ${close.repeat(depth)}`);
    expect(decodeFault(nested(64))).toBeUndefined();
    expect(decodeFault(nested(65))).toBe('AMF_TOO_DEEP');
    expect(decodeFault(nested(3), { maxDepth: 2 })).toBe('AMF_TOO_DEEP');
  });

  test.each(nestings)(
    '$form nested 100,000 deep never overflow the stack, whatever the limit',
    ({ open, close }) => {
      const limits = { maxDepth: Number.POSITIVE_INFINITY, maxValues: Number.POSITIVE_INFINITY };
      expect(decodeFault(hex(open.repeat(100_000)), limits)).toBe('AMF_TOO_DEEP');
      const deepest = hex(`${open.repeat(deepestNesting)} 01 ${close.repeat(deepestNesting)}`);
      const values = decodeAmf3(deepest, limits);
      expect(decodeAmf3(encodeAmf3(...values), limits)).toHaveLength(1);
    },
  );

  test('values and keys are counted over the whole body', () => {
    expect(decodeFault(Buffer.alloc(10_000, 1))).toBeUndefined();
    expect(decodeFault(Buffer.alloc(10_001, 1))).toBe('AMF_TOO_MANY_VALUES');
  });

  test.each([
    { form: 'an array', wire: '09 05 01 01 01', values: 3 },
    { form: 'an associative array', wire: '09 03 03 61 01 01 01', values: 4 },
    { form: 'an object', wire: '0a 0b 01 03 61 01 01', values: 3 },
    { form: 'a sealed object and its class description', wire: '0a 23 01 03 61 03 62 01 01', values: 7 },
    { form: 'a sealed object whose class is known', wire: '0a 13 01 03 61 01 0a 01 01', values: 7 },
    { form: 'a vector of int', wire: '0d 05 00 00000000 00000000', values: 3 },
    { form: 'a vector of objects', wire: '10 05 00 01 01 01', values: 3 },
    { form: 'a dictionary', wire: '11 03 00 01 01', values: 3 },
    { form: 'a message of BlazeDS', wire: '0a 07 07 445341 03 01 01 00', values: 3 },
    { form: 'references', wire: '09 01 01 09 00 06 03 61 06 00', values: 4 },
  ])('$form counts as $values values', ({ wire, values }) => {
    expect(decodeFault(hex(wire), { maxValues: values })).toBeUndefined();
    expect(decodeFault(hex(wire), { maxValues: values - 1 })).toBe('AMF_TOO_MANY_VALUES');
  });

  test.each([
    { place: 'string', wire: '06 09 61616161' },
    { place: 'XML document', wire: '07 09 61616161' },
    { place: 'XML', wire: '0b 09 61616161' },
    { place: 'byte array', wire: '0c 09 61616161' },
    { place: 'key', wire: '0a 0b 01 09 61616161 01 01' },
    { place: 'sealed name', wire: '0a 13 01 09 61616161 01' },
    { place: 'class name', wire: '0a 0b 09 61616161 01' },
    { place: 'class name of a vector', wire: '10 01 00 09 61616161' },
  ])('a $place has a longest length', ({ wire }) => {
    expect(decodeFault(hex(wire), { maxStringBytes: 4 })).toBeUndefined();
    expect(decodeFault(hex(wire), { maxStringBytes: 3 })).toBe('AMF_VALUE_INVALID');
  });

  test.each([
    { what: 'strings', wire: '06 09 61616161 06 00 06 00' },
    { what: 'keys', wire: '0a 0b 01 09 61616161 01 01 0a 01 00 01 01 0a 01 00 01 01' },
    { what: 'characters of more bytes', wire: '06 09 f09f8eac 06 00 06 00' },
    { what: 'XML', wire: '0b 09 61616161 0b 00 0b 00' },
    { what: 'names of sealed properties', wire: '0a 13 01 09 61616161 01 0a 01 01 0a 01 01' },
    { what: 'class names', wire: '0a 0b 09 61616161 01 0a 01 01 0a 01 01' },
  ])('references to $what may stand for so many bytes in a body', ({ wire }) => {
    expect(decodeFault(hex(wire), { maxRepeatedBytes: 8 })).toBeUndefined();
    expect(decodeFault(hex(wire), { maxRepeatedBytes: 7 })).toBe('AMF_TOO_MANY_VALUES');
  });

  test('a text of 64 KiB cannot become 600 MB', () => {
    const text = Buffer.alloc(65_535, 'a');
    const body = Buffer.concat([hex('06 87ff7f'), text, Buffer.from('0600'.repeat(9000), 'hex')]);
    expect(decodeFault(body)).toBe('AMF_TOO_MANY_VALUES');
    expect(decodeFault(body, { maxRepeatedBytes: 9000 * 65_535 })).toBeUndefined();
  });

  test('rows of a class, as remoting sends them, are far from every limit', () => {
    const members = { sealed: ['identifier', 'title', 'published', 'author', 'rating'], isDynamic: false };
    const rows = Array.from(
      { length: 600 },
      (_, i) =>
        new TypedObject(
          'com.example.library.Book',
          amfObject({
            identifier: i,
            title: `Book ${i}`,
            published: new Date(i),
            author: 'Somebody',
            rating: 4.5,
          }),
          members,
        ),
    );
    expect(decodeAmf3(encodeAmf3(rows))).toStrictEqual([rows]);
  });

  test('a dictionary has at most 1000 numbers as keys, and more of anything else', () => {
    const entries = Array.from({ length: 1001 }, (_, i) => [i, null] as const);
    const named = entries.map(([i]) => [`key ${i}`, null] as const);
    expect(decodeFault(encodeAmf3(new Dictionary(new Map(entries.slice(1)))))).toBeUndefined();
    expect(decodeFault(encodeAmf3(new Dictionary(new Map(entries))))).toBe('AMF_TOO_MANY_VALUES');
    expect(
      decodeFault(encodeAmf3(new Dictionary(new Map(entries))), { maxNumberKeys: 1001 }),
    ).toBeUndefined();
    expect(decodeFault(encodeAmf3(new Dictionary(new Map(named))))).toBeUndefined();
  });
});
