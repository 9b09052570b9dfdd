import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { type AmfLimits, deepestNesting } from '../../../src/protocol/amf/amf-limits.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  EcmaArray,
  TypedObject,
  unsupported,
  XmlDocument,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0, readAmf0String } from '../../../src/protocol/amf/amf0.ts';
import { hex } from '../../support/chunk-outcome.ts';
import { faultOf } from '../../support/protocol-fault.ts';

function decodeFault(bytes: Uint8Array, limits?: Partial<AmfLimits>): string | undefined {
  return faultOf(() => decodeAmf0(bytes, limits))?.code;
}

const wireForms: { form: string; wire: string; values: AmfValue[] }[] = [
  { form: 'nothing', wire: '', values: [] },
  { form: 'number', wire: '00 3ff8000000000000', values: [1.5] },
  { form: 'negative zero', wire: '00 8000000000000000', values: [-0] },
  { form: 'NaN', wire: '00 7ff8000000000000', values: [Number.NaN] },
  { form: 'infinity', wire: '00 fff0000000000000', values: [Number.NEGATIVE_INFINITY] },
  { form: 'true', wire: '01 01', values: [true] },
  { form: 'false', wire: '01 00', values: [false] },
  { form: 'string', wire: '02 0004 6c697665', values: ['live'] },
  { form: 'empty string', wire: '02 0000', values: [''] },
  { form: 'string outside the BMP', wire: '02 0006 61 f09f8eac 62', values: ['a\u{1f3ac}b'] },
  { form: 'string with a byte order mark', wire: '02 0004 efbbbf 61', values: ['\ufeffa'] },
  {
    form: 'object',
    wire: '03 0003 617070 02 0004 6c697665 0001 76 01 01 000009',
    values: [amfObject({ app: 'live', v: true })],
  },
  { form: 'empty object', wire: '03 000009', values: [amfObject({})] },
  { form: 'object with an empty key', wire: '03 0000 05 000009', values: [amfObject({ '': null })] },
  {
    form: 'object within an object',
    wire: '03 0001 61 03 0001 62 05 000009 0001 63 06 000009',
    values: [amfObject({ a: amfObject({ b: null }), c: undefined })],
  },
  { form: 'null', wire: '05', values: [null] },
  { form: 'undefined', wire: '06', values: [undefined] },
  {
    form: 'ECMA array',
    wire: '08 00000001 0005 7769647468 00 4094000000000000 000009',
    values: [new EcmaArray(amfObject({ width: 1280 }))],
  },
  { form: 'empty ECMA array', wire: '08 00000000 000009', values: [new EcmaArray(amfObject({}))] },
  {
    form: 'ECMA array with index keys, a sparse array',
    wire: '08 00000002 0001 30 05 0003 393939 06 000009',
    values: [new EcmaArray(amfObject({ 0: null, 999: undefined }))],
  },
  { form: 'strict array', wire: '0a 00000003 05 01 01 06', values: [[null, true, undefined]] },
  { form: 'empty strict array', wire: '0a 00000000', values: [[]] },
  { form: 'nested strict arrays', wire: '0a 00000002 0a 00000001 05 0a 00000000', values: [[[null], []]] },
  { form: 'date', wire: '0b 426d1a94a2000000 0000', values: [new Date(1e12)] },
  { form: 'date before 1970', wire: '0b c08f400000000000 0000', values: [new Date(-1000)] },
  { form: 'unsupported', wire: '0d', values: [unsupported] },
  { form: 'XML', wire: '0f 00000004 3c612f3e', values: [new XmlDocument('<a/>')] },
  {
    form: 'typed object',
    wire: '10 0001 43 0001 61 05 000009',
    values: [new TypedObject('C', amfObject({ a: null }))],
  },
  { form: 'typed object without name', wire: '10 0000 000009', values: [new TypedObject('', amfObject({}))] },
  {
    form: 'connect',
    wire: '02 0007 636f6e6e656374 00 3ff0000000000000 03 0003 617070 02 0004 6c697665 000009',
    values: ['connect', 1, amfObject({ app: 'live' })],
  },
];

describe('wire forms', () => {
  test.each(wireForms)('decodes $form', ({ wire, values }) => {
    expect(decodeAmf0(hex(wire))).toStrictEqual(values);
  });

  test.each(wireForms)('encodes $form', ({ wire, values }) => {
    expect(encodeAmf0(...values).toString('hex')).toBe(hex(wire).toString('hex'));
  });

  test.each(wireForms)('$form cut anywhere is truncated or ends between two values', ({ wire, values }) => {
    const bytes = hex(wire);
    for (let size = 0; size < bytes.length; size++) {
      const part = bytes.subarray(0, size);
      const fault = decodeFault(part);
      if (fault === undefined) {
        expect(values.length).toBeGreaterThan(0);
        expect(encodeAmf0(...values.slice(0, decodeAmf0(part).length))).toEqual(part);
      } else expect(fault).toBe('AMF_TRUNCATED');
    }
  });

  test.each([
    { form: 'any boolean but 0 is true', wire: '01 7f', values: [true] },
    { form: 'a date with a time zone', wire: '0b 426d1a94a2000000 ff88', values: [new Date(1e12)] },
    { form: 'a date no calendar has', wire: '0b 7ff8000000000000 0000', values: [new Date(Number.NaN)] },
    { form: 'a short long string', wire: '0c 00000001 61', values: ['a'] },
    {
      form: 'an ECMA array with count 0',
      wire: '08 00000000 0001 61 05 000009',
      values: [new EcmaArray(amfObject({ a: null }))],
    },
    {
      form: 'an ECMA array with count 2^32-1',
      wire: '08 ffffffff 0001 61 05 000009',
      values: [new EcmaArray(amfObject({ a: null }))],
    },
    {
      form: 'a key given twice, the last holds',
      wire: '03 0001 61 05 0001 61 06 000009',
      values: [{ a: undefined }],
    },
    { form: 'a string that is no UTF-8', wire: '02 0003 61 ff 62', values: ['a\ufffdb'] },
    { form: 'a string cut within a character', wire: '02 0003 f09f8e', values: ['\ufffd'] },
    { form: 'a key that is no UTF-8', wire: '03 0001 ff 05 000009', values: [{ '\ufffd': null }] },
  ])('decodes $form', ({ wire, values }) => {
    expect(decodeAmf0(hex(wire))).toEqual(values);
  });

  test('a Uint8Array that is a part of more memory is read in its bounds', () => {
    const memory = new Uint8Array(hex('ff 02 0001 61 ff'));
    expect(decodeAmf0(memory.subarray(1, 5))).toEqual(['a']);
    expect(readAmf0String(memory.subarray(1, 5))).toEqual({ value: 'a', end: 4 });
    expect(readAmf0String(memory.subarray(1, 4))).toBeUndefined();
  });

  test('a decoded object inherits nothing and __proto__ is a key', () => {
    const wire = '03 0009 5f5f70726f746f5f5f 03 0001 61 01 01 000009 000009';
    const [value] = decodeAmf0(hex(wire)) as [AmfObject];
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value['a']).toBeUndefined();
    expect(value['toString']).toBeUndefined();
    expect(encodeAmf0(value)).toEqual(hex(wire));
    expect(encodeAmf0(amfObject(value))).toEqual(hex(wire));
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
  });

  test('an object literal is encoded like an AmfObject', () => {
    expect(encodeAmf0({ a: null })).toEqual(encodeAmf0(amfObject({ a: null })));
  });

  test('a hole in an array is undefined', () => {
    const sparse: AmfValue[] = [null];
    sparse[3] = null;
    expect(encodeAmf0(sparse).toString('hex')).toBe('0a0000000405060605');
  });

  test('a lone surrogate is encoded as U+FFFD', () => {
    expect(encodeAmf0('\ud83c')).toEqual(hex('02 0003 efbfbd'));
  });

  test.each([
    { characters: 65_535, head: '02 ffff' },
    { characters: 65_536, head: '0c 00010000' },
    { characters: 70_000, head: '0c 00011170' },
  ])('a string of $characters bytes has the head $head', ({ characters, head }) => {
    const text = 'x'.repeat(characters);
    const bytes = encodeAmf0(text);
    expect(bytes).toEqual(Buffer.concat([hex(head), Buffer.from(text)]));
    expect(decodeAmf0(bytes)).toEqual([text]);
  });

  test('the length of a string counts bytes, not characters', () => {
    const text = '\u{1f3ac}'.repeat(16_384); // 65,536 bytes
    const bytes = encodeAmf0(text);
    expect(bytes.subarray(0, 5)).toEqual(hex('0c 00010000'));
    expect(decodeAmf0(bytes)).toEqual([text]);
  });
});

describe('references', () => {
  test('count objects, ECMA arrays, strict arrays and typed objects, and nothing else', () => {
    const wire =
      '02 0001 61 0b 426d1a94a2000000 0000 0f 00000000' +
      ' 03 000009 08 00000000 000009 0a 00000000 10 0000 000009 07 0000 07 0001 07 0002 07 0003';
    const values = decodeAmf0(hex(wire));
    expect(values).toHaveLength(11);
    expect(values.slice(7)).toEqual(values.slice(3, 7));
    for (let i = 3; i < 7; i++) expect(values[i + 4]).toBe(values[i]);
    expect(encodeAmf0(...values)).toEqual(hex(wire));
  });

  test('an outer object counts before those in it', () => {
    const wire = '03 0001 61 0a 00000001 03 000009 0001 62 07 0002 0001 63 07 0001 000009';
    const [value] = decodeAmf0(hex(wire)) as [AmfObject];
    expect(value['c']).toBe(value['a']);
    expect(value['b']).toBe((value['a'] as AmfValue[])[0]);
    expect(encodeAmf0(value)).toEqual(hex(wire));
  });

  test.each([
    {
      form: 'object',
      wire: '03 0001 61 07 0000 000009',
      inner: (value: AmfValue) => (value as AmfObject)['a'],
    },
    {
      form: 'strict array',
      wire: '0a 00000001 07 0000',
      inner: (value: AmfValue) => (value as AmfValue[])[0],
    },
    {
      form: 'ECMA array',
      wire: '08 00000001 0001 61 07 0000 000009',
      inner: (value: AmfValue) => (value as EcmaArray).properties['a'],
    },
    {
      form: 'typed object',
      wire: '10 0001 43 0001 61 07 0000 000009',
      inner: (value: AmfValue) => (value as TypedObject).properties['a'],
    },
  ])('a cyclic $form holds itself', ({ wire, inner }) => {
    const [value] = decodeAmf0(hex(wire));
    expect(inner(value)).toBe(value);
    expect(encodeAmf0(value)).toEqual(hex(wire));
  });

  test('a cycle over several objects is the same after a round trip', () => {
    const object = amfObject({ list: [new EcmaArray(amfObject({}))] });
    const list = object['list'] as [EcmaArray];
    list[0].properties['back'] = object;
    const [decoded] = decodeAmf0(encodeAmf0(object)) as [AmfObject];
    expect((decoded['list'] as [EcmaArray])[0].properties['back']).toBe(decoded);
  });

  test.each([
    '07 0000',
    '03 000009 07 0001',
    '03 0001 61 07 0001 000009',
    '02 0001 61 07 0000',
    '0a 00000000 07 ffff',
  ])('%s names no object', (wire) => {
    expect(decodeFault(hex(wire))).toBe('AMF_REFERENCE_INVALID');
  });

  test('begin anew with each call', () => {
    decodeAmf0(hex('03 000009'));
    expect(decodeFault(hex('07 0000'))).toBe('AMF_REFERENCE_INVALID');
    const object = amfObject({});
    expect(encodeAmf0(object)).toEqual(encodeAmf0(object));
  });

  test('reach to index 65535; a later object is written again, and must not be cyclic', () => {
    const before = Array.from({ length: 65_535 }, () => []); // index 1 to 65535, within the array 0
    const limits = { maxValues: 100_000 };
    const last = before.at(-1) as AmfValue;
    const [, named] = decodeAmf0(encodeAmf0(before, last), limits);
    expect(named).toEqual([]);
    expect(encodeAmf0(before, last).subarray(-3)).toEqual(hex('07 ffff'));

    const late = amfObject({ a: null });
    expect(encodeAmf0(before, late, late).subarray(-16)).toEqual(
      hex('03 0001 61 05 000009 03 0001 61 05 000009'),
    );
    late['a'] = late;
    expect(faultOf(() => encodeAmf0(before, late))?.code).toBe('AMF_VALUE_INVALID');
  });
});

describe('hostile bytes', () => {
  test.each([
    { bytes: 'movie clip', wire: '05 04', code: 'AMF_MARKER_RESERVED', place: '0x04 at offset 1' },
    { bytes: 'record set', wire: '03 0001 61 0e', code: 'AMF_MARKER_RESERVED', place: '0x0e at offset 4' },
    {
      bytes: 'unknown AMF3 marker',
      wire: '05 05 11 12',
      code: 'AMF_MARKER_UNKNOWN',
      place: 'before offset 4',
    },
    { bytes: 'AMF3 marker alone', wire: '05 05 11', code: 'AMF_TRUNCATED', place: 'offset 3' },
    { bytes: 'unknown marker', wire: '12', code: 'AMF_MARKER_UNKNOWN', place: '0x12 at offset 0' },
    {
      bytes: 'highest marker',
      wire: '0a 00000001 ff',
      code: 'AMF_MARKER_UNKNOWN',
      place: '0xff at offset 5',
    },
    { bytes: 'object end alone', wire: '09', code: 'AMF_MARKER_UNKNOWN', place: '0x09 at offset 0' },
    {
      bytes: 'object end after a key',
      wire: '03 0001 61 09',
      code: 'AMF_MARKER_UNKNOWN',
      place: '0x09 at offset 4',
    },
    { bytes: 'key without value', wire: '03 0001 61', code: 'AMF_TRUNCATED', place: 'offset 4' },
    { bytes: 'object without end', wire: '03 0001 61 05', code: 'AMF_TRUNCATED', place: 'offset 5' },
    { bytes: 'object with half an end', wire: '03 0000', code: 'AMF_TRUNCATED', place: 'offset 3' },
    {
      bytes: 'ECMA array without end',
      wire: '08 00000001 0001 61 05',
      code: 'AMF_TRUNCATED',
      place: 'offset 9',
    },
    { bytes: 'ECMA array of 2^32-1', wire: '08 ffffffff', code: 'AMF_TRUNCATED', place: 'offset 5' },
    {
      bytes: 'strict array of 2^32-1',
      wire: '0a ffffffff 05',
      code: 'AMF_TOO_MANY_VALUES',
      place: 'offset 5',
    },
    {
      bytes: 'strict array over its bytes',
      wire: '0a 00000064 05',
      code: 'AMF_TRUNCATED',
      place: '1 are there',
    },
    { bytes: 'long string of 4 GB', wire: '0c ffffffff 61', code: 'AMF_VALUE_INVALID', place: 'offset 5' },
    { bytes: 'XML of 4 GB', wire: '0f ffffffff 61', code: 'AMF_VALUE_INVALID', place: 'offset 5' },
    { bytes: 'string over its bytes', wire: '02 ffff 61', code: 'AMF_TRUNCATED', place: 'offset 3' },
    { bytes: 'class name over its bytes', wire: '10 ffff 61', code: 'AMF_TRUNCATED', place: 'offset 3' },
  ])('$bytes: $code', ({ wire, code, place }) => {
    const fault = faultOf(() => decodeAmf0(hex(wire)));
    expect(fault?.code).toBe(code);
    expect(fault?.message).toContain(place);
  });

  const nestings = [
    { form: 'objects', open: '03 0001 61', close: '000009' },
    { form: 'ECMA arrays', open: '08 00000001 0001 61', close: '000009' },
    { form: 'strict arrays', open: '0a 00000001', close: '' },
    { form: 'typed objects', open: '10 0001 43 0001 61', close: '000009' },
  ];

  test.each(nestings)('$form are nested 64 deep and no deeper', ({ open, close }) => {
    const nested = (depth: number) => hex(`${open.repeat(depth)} 05 ${close.repeat(depth)}`);
    expect(decodeFault(nested(64))).toBeUndefined();
    expect(decodeFault(nested(65))).toBe('AMF_TOO_DEEP');
    expect(decodeFault(nested(10_000))).toBe('AMF_TOO_DEEP');
    expect(decodeFault(nested(3), { maxDepth: 2 })).toBe('AMF_TOO_DEEP');
  });

  test.each(nestings)(
    '$form nested 100,000 deep never overflow the stack, whatever the limit',
    ({ open }) => {
      const limits = { maxDepth: Number.POSITIVE_INFINITY, maxValues: Number.POSITIVE_INFINITY };
      expect(decodeFault(hex(open.repeat(100_000)), limits)).toBe('AMF_TOO_DEEP');
    },
  );

  test('what decodes at the deepest nesting can be encoded', () => {
    const bytes = hex(`${'0a 00000001'.repeat(deepestNesting)} 05`);
    const values = decodeAmf0(bytes, { maxDepth: deepestNesting });
    expect(encodeAmf0(...values)).toEqual(bytes);
  });

  test('values and keys are counted over the whole body', () => {
    expect(decodeFault(Buffer.alloc(10_000, 5))).toBeUndefined();
    expect(decodeFault(Buffer.alloc(10_001, 5))).toBe('AMF_TOO_MANY_VALUES');
    const body = hex('0a 00000002 05 03 0001 61 05 000009 05'); // array, null, object, key, null, null
    expect(decodeFault(body, { maxValues: 6 })).toBeUndefined();
    expect(decodeFault(body, { maxValues: 5 })).toBe('AMF_TOO_MANY_VALUES');
    expect(decodeFault(hex('0a 00000003 05 05 05'), { maxValues: 3 })).toBe('AMF_TOO_MANY_VALUES');
  });

  test.each([
    { place: 'string', wire: '02 0004 61616161' },
    { place: 'long string', wire: '0c 00000004 61616161' },
    { place: 'XML', wire: '0f 00000004 61616161' },
    { place: 'key', wire: '03 0004 61616161 05 000009' },
    { place: 'class name', wire: '10 0004 61616161 000009' },
  ])('a $place has a longest length', ({ wire }) => {
    expect(decodeFault(hex(wire), { maxStringBytes: 4 })).toBeUndefined();
    expect(decodeFault(hex(wire), { maxStringBytes: 3 })).toBe('AMF_VALUE_INVALID');
  });

  test('a long string of 1 MiB is taken, one byte more is not', () => {
    expect(decodeFault(encodeAmf0('x'.repeat(2 ** 20)))).toBeUndefined();
    expect(decodeFault(encodeAmf0('x'.repeat(2 ** 20 + 1)))).toBe('AMF_VALUE_INVALID');
  });
});

describe('values that cannot be encoded', () => {
  const long = 'x'.repeat(65_536);
  let deep: AmfValue = null;
  for (let i = 0; i < 100_000; i++) deep = [deep];

  test.each([
    { what: 'a key over 65,535 bytes', value: amfObject({ [long]: null }), code: 'AMF_VALUE_INVALID' },
    { what: 'a class name over 65,535 bytes', value: new TypedObject(long, {}), code: 'AMF_VALUE_INVALID' },
    { what: 'a bigint', value: 1n as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'a function', value: (() => 1) as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'a symbol', value: Symbol('other') as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'arrays nested 100,000 deep', value: deep, code: 'AMF_TOO_DEEP' },
  ])('$what', ({ value, code }) => {
    expect(faultOf(() => encodeAmf0(value))?.code).toBe(code);
  });

  test('a key of 65,535 bytes can', () => {
    const value = amfObject({ [long.slice(1)]: null });
    expect(decodeAmf0(encodeAmf0(value))).toEqual([value]);
  });
});

describe('readAmf0String', () => {
  test('reads a leading string and where it ends', () => {
    const name = encodeAmf0('@setDataFrame');
    const body = Buffer.concat([name, encodeAmf0('onMetaData', new EcmaArray(amfObject({})))]);
    expect(readAmf0String(body)).toEqual({ value: '@setDataFrame', end: 16 });
    expect(readAmf0String(body.subarray(16))).toEqual({ value: 'onMetaData', end: 29 - 16 });
    expect(readAmf0String(encodeAmf0(''))).toEqual({ value: '', end: 3 });
  });

  test('is undefined for a string cut anywhere', () => {
    const bytes = encodeAmf0('onMetaData');
    for (let size = 0; size < bytes.length; size++) {
      expect(readAmf0String(bytes.subarray(0, size))).toBeUndefined();
    }
  });

  test.each([
    { form: 'a long string', wire: '0c 00000001 61 ff', end: 6 },
    { form: 'a string of AMF3', wire: '11 06 03 61 ff', end: 4 },
    { form: 'one with a length of two bytes', wire: '11 06 80 03 61 ff', end: 5 },
    { form: 'one with a length of four bytes', wire: '11 06 80 80 80 03 61 ff', end: 7 },
  ])('reads $form, and at no cut of it', ({ wire, end }) => {
    const bytes = hex(wire);
    expect(readAmf0String(bytes)).toEqual({ value: 'a', end });
    for (let size = 0; size < end; size++) expect(readAmf0String(bytes.subarray(0, size))).toBeUndefined();
  });

  test('reads up to 65,535 bytes', () => {
    const long = (size: number) =>
      Buffer.concat([hex(`0c ${size.toString(16).padStart(8, '0')}`), Buffer.alloc(size, 'a')]);
    expect(readAmf0String(long(65_535))?.value).toHaveLength(65_535);
    expect(readAmf0String(long(65_536))).toBeUndefined();
  });

  test.each([
    '',
    '00 3ff0000000000000',
    '05',
    '11 04 01',
    '11 06 02', // a reference, in a message that has no string before it
    '11 06 ff ff ff ff 61',
    '0c ffffffff 61',
    'ff ffff',
  ])('is undefined for %s', (wire) => {
    expect(readAmf0String(hex(wire))).toBeUndefined();
  });
});

describe('properties', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const { value } = fc.letrec<{ value: AmfValue; properties: AmfObject }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom<AmfValue>(undefined, null, true, false, unsupported),
      fc.double(),
      text,
      fc.date({ noInvalidDate: false }),
      text.map((source) => new XmlDocument(source)),
      tie('properties'),
      fc.array(tie('value'), { maxLength: 5 }),
      tie('properties').map((properties) => new EcmaArray(properties)),
      fc.tuple(text, tie('properties')).map(([name, properties]) => new TypedObject(name, properties)),
    ),
    properties: fc
      .array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '0', '')), tie('value')), {
        maxLength: 5,
      })
      .map((entries) => {
        const object = amfObject({});
        for (const [key, entry] of entries) object[key] = entry;
        return object;
      }),
  }));
  const values = fc.array(value, { maxLength: 4 });

  /** What decoding gives: values, or the code of its ProtocolError; whatever else is thrown fails the test. */
  function outcome(bytes: Uint8Array): AmfValue[] | string {
    try {
      return decodeAmf0(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) return error.code;
      throw error;
    }
  }

  test('values are the same after a round trip', () => {
    fc.assert(
      fc.property(values, (values) => {
        const bytes = encodeAmf0(...values);
        const decoded = decodeAmf0(bytes);
        expect(decoded).toEqual(values);
        expect(encodeAmf0(...decoded)).toEqual(bytes); // tells apart what toEqual does not, such as undefined and missing
      }),
      { numRuns: 500 },
    );
  });

  test('shared and cyclic values keep their shape', () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom('a', 'b', 'c')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(edges, (edges) => {
        const nodes = Array.from({ length: 12 }, () => amfObject({}));
        for (const [from, to, key] of edges) {
          const target = nodes[to];
          Object.assign(nodes[from] as AmfObject, { [key]: key === 'b' ? [target] : target });
        }
        const bytes = encodeAmf0(nodes);
        expect(encodeAmf0(...decodeAmf0(bytes))).toEqual(bytes);
      }),
    );
  });

  test('valid bytes cut anywhere are truncated or fewer values', () => {
    fc.assert(
      fc.property(values, (values) => {
        const bytes = encodeAmf0(...values);
        for (let size = 0; size < bytes.length; size++) {
          const result = outcome(bytes.subarray(0, size));
          if (typeof result === 'string') expect(result).toBe('AMF_TRUNCATED');
          else expect(encodeAmf0(...result)).toEqual(bytes.subarray(0, size));
        }
      }),
      { numRuns: 50 },
    );
  });

  const likelyByte = fc.oneof({ weight: 4, arbitrary: fc.nat(0x12) }, fc.nat(0xff));
  const changedValid = fc
    .tuple(values, fc.array(fc.tuple(fc.nat(), likelyByte), { minLength: 1, maxLength: 6 }))
    .map(([values, changes]) => {
      const bytes = encodeAmf0(...values);
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });

  test('any bytes give values, which can be encoded, or a ProtocolError', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(likelyByte, { maxLength: 200 }).map((list) => Uint8Array.from(list)),
      changedValid,
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        readAmf0String(bytes);
        const result = outcome(bytes);
        seen.add(typeof result === 'string' ? result : 'values');
        if (typeof result === 'string') return;
        const again = encodeAmf0(...result);
        expect(encodeAmf0(...decodeAmf0(again))).toEqual(again);
      }),
      { numRuns: 3000 },
    );
    expect(seen).toContain('values');
    expect(seen).toContain('AMF_REFERENCE_INVALID');
  });
});
