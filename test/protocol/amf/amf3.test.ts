import { describe, expect, test } from 'vitest';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { flexClasses } from '../../../src/protocol/amf/flex-classes.ts';
import { flexClass } from '../../support/amf-values.ts';
import { hex } from '../../support/chunk-outcome.ts';
import { faultOf } from '../../support/protocol-fault.ts';

function decodeFault(bytes: Uint8Array): string | undefined {
  return faultOf(() => decodeAmf3(bytes))?.code;
}

const sealedPoint = { sealed: ['x', 'y'], isDynamic: false };

const wireForms: { form: string; wire: string; values: AmfValue[] }[] = [
  { form: 'nothing', wire: '', values: [] },
  { form: 'undefined', wire: '00', values: [undefined] },
  { form: 'null', wire: '01', values: [null] },
  { form: 'false', wire: '02', values: [false] },
  { form: 'true', wire: '03', values: [true] },
  { form: 'zero', wire: '04 00', values: [0] },
  { form: 'largest integer of 1 byte', wire: '04 7f', values: [0x7f] },
  { form: 'smallest integer of 2 bytes', wire: '04 8100', values: [0x80] },
  { form: 'largest integer of 2 bytes', wire: '04 ff7f', values: [0x3fff] },
  { form: 'smallest integer of 3 bytes', wire: '04 818000', values: [0x4000] },
  { form: 'largest integer of 3 bytes', wire: '04 ffff7f', values: [0x1f_ffff] },
  { form: 'smallest integer of 4 bytes', wire: '04 80c08000', values: [0x20_0000] },
  { form: 'largest integer', wire: '04 bfffffff', values: [0x0fff_ffff] },
  { form: 'smallest integer', wire: '04 c0808000', values: [-0x1000_0000] },
  { form: 'minus one', wire: '04 ffffffff', values: [-1] },
  { form: 'number over the integers', wire: '05 41b0000000000000', values: [0x1000_0000] },
  { form: 'number under the integers', wire: '05 c1b0000001000000', values: [-0x1000_0001] },
  { form: '289764372', wire: '05 41b1457414000000', values: [289_764_372] },
  { form: 'fraction', wire: '05 3ff8000000000000', values: [1.5] },
  { form: 'negative zero', wire: '05 8000000000000000', values: [-0] },
  { form: 'NaN', wire: '05 7ff8000000000000', values: [Number.NaN] },
  { form: 'infinity', wire: '05 fff0000000000000', values: [Number.NEGATIVE_INFINITY] },
  { form: 'string', wire: '06 09 6c697665', values: ['live'] },
  { form: 'empty string', wire: '06 01', values: [''] },
  { form: 'string outside the BMP', wire: '06 0d 61f09f8eac62', values: ['a\u{1f3ac}b'] },
  { form: 'string again', wire: '06 03 61 06 03 62 06 02 06 00', values: ['a', 'b', 'b', 'a'] },
  {
    form: 'empty string, which is no reference',
    wire: '06 01 06 03 61 06 01 06 00',
    values: ['', 'a', '', 'a'],
  },
  { form: 'XML document', wire: '07 09 3c612f3e', values: [new XmlDocument('<a/>')] },
  { form: 'empty XML document', wire: '07 01', values: [new XmlDocument('')] },
  { form: 'XML', wire: '0b 09 3c612f3e', values: [new Xml('<a/>')] },
  { form: 'date', wire: '08 01 426d1a94a2000000', values: [new Date(1e12)] },
  { form: 'date before 1970', wire: '08 01 c08f400000000000', values: [new Date(-1000)] },
  { form: 'dense array', wire: '09 07 01 01 03 00', values: [[null, true, undefined]] },
  { form: 'empty array', wire: '09 01 01', values: [[]] },
  { form: 'nested arrays', wire: '09 05 01 09 03 01 01 09 01 01', values: [[[null], []]] },
  {
    form: 'associative array',
    wire: '09 01 0b 7769647468 04 8a00 01',
    values: [new EcmaArray(amfObject({ width: 1280 }))],
  },
  {
    form: 'array with both parts',
    wire: '09 05 03 61 03 03 62 02 01 04 01 04 02',
    values: [new EcmaArray(amfObject({ a: true, b: false }), [1, 2])],
  },
  {
    form: 'sparse array',
    wire: '09 03 07 393939 00 01 01',
    values: [new EcmaArray(amfObject({ 999: undefined }), [null])],
  },
  {
    form: 'object',
    wire: '0a 0b 01 07 617070 06 09 6c697665 03 76 03 01',
    values: [amfObject({ app: 'live', v: true })],
  },
  { form: 'empty object', wire: '0a 0b 01 01', values: [amfObject({})] },
  {
    form: 'object with an empty key, which is sealed',
    wire: '0a 1b 01 01 01 01',
    values: [amfObject({ '': null })],
  },
  {
    form: 'two objects of one class description',
    wire: '0a 0b 01 03 61 04 01 01 0a 01 00 04 02 01',
    values: [amfObject({ a: 1 }), amfObject({ a: 2 })],
  },
  {
    form: 'dynamic typed object',
    wire: '0a 0b 03 43 03 61 01 01',
    values: [new TypedObject('C', amfObject({ a: null }))],
  },
  {
    form: 'sealed typed objects',
    wire: '0a 23 0b 506f696e74 03 78 03 79 04 01 04 02 0a 01 04 03 04 04',
    values: [
      new TypedObject('Point', amfObject({ x: 1, y: 2 }), sealedPoint),
      new TypedObject('Point', amfObject({ x: 3, y: 4 }), sealedPoint),
    ],
  },
  {
    form: 'typed object with sealed and dynamic properties',
    wire: '0a 1b 03 43 03 78 04 01 03 79 04 02 01',
    values: [new TypedObject('C', amfObject({ x: 1, y: 2 }), { sealed: ['x'], isDynamic: true })],
  },
  { form: 'byte array', wire: '0c 07 00ff7f', values: [new Uint8Array([0, 255, 127])] },
  { form: 'empty byte array', wire: '0c 01', values: [new Uint8Array()] },
  {
    form: 'vector of int',
    wire: '0d 05 00 ffffffff 7fffffff',
    values: [new NumberVector(new Int32Array([-1, 2 ** 31 - 1]))],
  },
  {
    form: 'fixed vector of uint',
    wire: '0e 05 01 ffffffff 00000001',
    values: [new NumberVector(new Uint32Array([2 ** 32 - 1, 1]), true)],
  },
  {
    form: 'vector of Number',
    wire: '0f 05 00 3ff8000000000000 8000000000000000',
    values: [new NumberVector(new Float64Array([1.5, -0]))],
  },
  {
    form: 'fixed vector of objects',
    wire: '10 05 01 03 43 01 0a 0b 00 01',
    values: [new ObjectVector('C', [null, new TypedObject('C', amfObject({}))], true)],
  },
  { form: 'vector of anything', wire: '10 03 00 03 2a 04 01', values: [new ObjectVector('*', [1])] },
  { form: 'vector of no class', wire: '10 03 00 01 04 01', values: [new ObjectVector('', [1])] },
  {
    form: 'dictionary with weak keys',
    wire: '11 05 01 06 03 61 04 01 05 3ff8000000000000 03',
    values: [
      new Dictionary(
        new Map<AmfValue, AmfValue>([
          ['a', 1],
          [1.5, true],
        ]),
        true,
      ),
    ],
  },
  { form: 'empty dictionary', wire: '11 01 00', values: [new Dictionary(new Map())] },
  {
    form: 'ArrayCollection',
    wire: '0a 07 43 666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e 09 05 01 04 01 04 02',
    values: [
      new ExternalizableObject(flexClass('flex.messaging.io.ArrayCollection'), amfObject({ source: [1, 2] })),
    ],
  },
  {
    form: 'ObjectProxy',
    wire: '0a 07 3b 666c65782e6d6573736167696e672e696f2e4f626a65637450726f7879 0a 0b 01 03 61 01 01',
    values: [
      new ExternalizableObject(
        flexClass('flex.messaging.io.ObjectProxy'),
        amfObject({ object: amfObject({ a: null }) }),
      ),
    ],
  },
];

describe('wire forms', () => {
  test.each(wireForms)('decodes $form', ({ wire, values }) => {
    expect(decodeAmf3(hex(wire))).toStrictEqual(values);
  });

  test.each(wireForms)('encodes $form', ({ wire, values }) => {
    expect(encodeAmf3(...values).toString('hex')).toBe(hex(wire).toString('hex'));
  });

  test.each(wireForms)('$form cut anywhere is truncated or ends between two values', ({ wire, values }) => {
    const bytes = hex(wire);
    for (let size = 0; size < bytes.length; size++) {
      const part = bytes.subarray(0, size);
      const fault = decodeFault(part);
      if (fault === undefined) {
        expect(values.length).toBeGreaterThan(0);
        expect(encodeAmf3(...values.slice(0, decodeAmf3(part).length))).toEqual(part);
      } else expect(fault).toBe('AMF_TRUNCATED');
    }
  });

  test.each([
    { form: 'an integer of more bytes than it needs', wire: '04 80808001', values: [1] },
    { form: 'a double that could be an integer', wire: '05 3ff0000000000000', values: [1] },
    { form: 'a date that no calendar has', wire: '08 01 7ff8000000000000', values: [new Date(Number.NaN)] },
    { form: 'a date with bits that mean nothing', wire: '08 07 426d1a94a2000000', values: [new Date(1e12)] },
    { form: 'an anonymous object with sealed properties', wire: '0a 13 01 03 61 01', values: [{ a: null }] },
    {
      form: 'a key given twice, the last holds',
      wire: '0a 0b 01 03 61 01 00 00 01',
      values: [{ a: undefined }],
    },
    { form: 'a string that is no UTF-8', wire: '06 07 61ff62', values: ['a\ufffdb'] },
    {
      form: 'an object of an externalizable class with members, which mean nothing',
      wire: `0a 17 07 445341 00 00`,
      values: [{ properties: {} }],
    },
  ])('decodes $form', ({ wire, values }) => {
    expect(decodeAmf3(hex(wire))).toMatchObject(values);
    expect(decodeAmf3(hex(wire))).toHaveLength(values.length);
  });

  test('a decoded object inherits nothing and __proto__ is a key, sealed or not', () => {
    const wire = '0a 1b 01 13 5f5f70726f746f5f5f 0a 0b 01 03 61 03 01 17 636f6e7374727563746f72 01 01';
    const [value] = decodeAmf3(hex(wire)) as [AmfObject];
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(value['a']).toBeUndefined();
    expect(value['toString']).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
    expect(decodeAmf3(encodeAmf3(value))).toEqual([value]);
  });

  test('a class name is no property, and a property named like one stays', () => {
    const properties = amfObject({ className: 'x', type: 'y', _explicitType: 'z' });
    const typed = new TypedObject('C', properties);
    expect(decodeAmf3(encodeAmf3(typed))).toStrictEqual([typed]);
    expect(decodeAmf3(encodeAmf3(properties))).toStrictEqual([properties]);
  });

  test('an object literal is encoded like an AmfObject, and inherits nothing that is written', () => {
    expect(encodeAmf3({ a: null })).toEqual(encodeAmf3(amfObject({ a: null })));
    const sealed = new TypedObject('C', {}, { sealed: ['toString'], isDynamic: false });
    expect(encodeAmf3(sealed)).toEqual(hex('0a 13 03 43 11 746f537472696e67 00'));
  });

  test('a hole in an array is undefined', () => {
    const sparse: AmfValue[] = [null];
    sparse[2] = null;
    expect(encodeAmf3(sparse)).toEqual(hex('09 07 01 01 00 01'));
  });

  test('a Buffer is a byte array, and what is decoded is a copy', () => {
    const bytes = encodeAmf3(Buffer.from('abc'));
    const [copy] = decodeAmf3(bytes) as [Uint8Array];
    bytes.fill(0);
    expect(copy).toEqual(new Uint8Array([97, 98, 99]));
  });

  test('a lone surrogate is encoded as U+FFFD', () => {
    expect(encodeAmf3('\ud83c')).toEqual(hex('06 07 efbfbd'));
  });

  test.each([
    { characters: 63, head: '06 7f' },
    { characters: 64, head: '06 8101' },
    { characters: 70_000, head: '06 88c561' },
  ])('a string of $characters bytes has the head $head', ({ characters, head }) => {
    const text = 'x'.repeat(characters);
    const bytes = encodeAmf3(text);
    expect(bytes).toEqual(Buffer.concat([hex(head), Buffer.from(text)]));
    expect(decodeAmf3(bytes)).toEqual([text]);
  });

  test('of typed objects without a class name, and of ECMA arrays without properties, only the content is left', () => {
    expect(decodeAmf3(encodeAmf3(new TypedObject('', amfObject({ a: 1 }))))).toEqual([amfObject({ a: 1 })]);
    expect(decodeAmf3(encodeAmf3(new EcmaArray(amfObject({}), [1])))).toEqual([[1]]);
  });
});

describe('references', () => {
  test('count objects, arrays, dates, XML, byte arrays, vectors and dictionaries, and nothing else', () => {
    const wire =
      '06 03 61 04 01 05 7ff8000000000000 07 01 08 01 426d1a94a2000000 09 01 01 0a 0b 01 01 0b 01 0c 01' +
      ' 0d 01 00 0e 01 00 0f 01 00 10 01 00 01 11 01 00 0a 07 07 445341 00 00' +
      ' 07 00 08 02 09 04 0a 06 0b 08 0c 0a 0d 0c 0e 0e 0f 10 10 12 11 14 0a 16';
    const values = decodeAmf3(hex(wire));
    expect(values).toHaveLength(27);
    for (let i = 3; i < 15; i++) expect(values[i + 12]).toBe(values[i]);
    expect(encodeAmf3(...values)).toEqual(hex(wire));
  });

  test('an outer object counts before those in it', () => {
    const wire = '0a 0b 01 03 61 09 03 01 0a 01 01 03 62 0a 04 03 63 09 02 01';
    const [value] = decodeAmf3(hex(wire)) as [AmfObject];
    expect(value['c']).toBe(value['a']);
    expect(value['b']).toBe((value['a'] as AmfValue[])[0]);
    expect(encodeAmf3(value)).toEqual(hex(wire));
  });

  test.each([
    {
      form: 'object',
      wire: '0a 0b 01 03 61 0a 00 01',
      inner: (value: AmfValue) => (value as AmfObject)['a'],
    },
    { form: 'array', wire: '09 03 01 09 00', inner: (value: AmfValue) => (value as AmfValue[])[0] },
    {
      form: 'associative array',
      wire: '09 01 03 61 09 00 01',
      inner: (value: AmfValue) => (value as EcmaArray).properties['a'],
    },
    {
      form: 'sealed object',
      wire: '0a 13 03 43 03 61 0a 00',
      inner: (value: AmfValue) => (value as TypedObject).properties['a'],
    },
    {
      form: 'vector',
      wire: '10 03 00 01 10 00',
      inner: (value: AmfValue) => (value as ObjectVector).items[0],
    },
    {
      form: 'dictionary, as key and as value',
      wire: '11 03 00 11 00 11 00',
      inner: (value: AmfValue) => (value as Dictionary).entries.get(value),
    },
    {
      form: 'externalizable object',
      wire: '0a 07 07 445341 01 0a 00 00',
      inner: (value: AmfValue) => (value as ExternalizableObject).properties['body'],
    },
  ])('a cyclic $form holds itself', ({ wire, inner }) => {
    const [value] = decodeAmf3(hex(wire));
    expect(inner(value)).toBe(value);
    expect(encodeAmf3(value)).toEqual(hex(wire));
  });

  test('keys, class names and names of properties are strings like all others', () => {
    const wire = '06 03 61 0a 13 00 00 06 00 0a 0b 01 00 06 00 01 10 01 00 00 09 01 00 06 00 01';
    const values = decodeAmf3(hex(wire));
    expect(values).toStrictEqual([
      'a',
      new TypedObject('a', amfObject({ a: 'a' }), { sealed: ['a'], isDynamic: false }),
      amfObject({ a: 'a' }),
      new ObjectVector('a', []),
      new EcmaArray(amfObject({ a: 'a' })),
    ]);
    expect(encodeAmf3(...values)).toEqual(hex(wire));
  });

  test.each([
    '06 00',
    '06 03 61 06 02',
    '06 01 06 00',
    '09 00',
    '0a 01',
    '0a 0b 01 01 0a 05',
    '09 01 01 09 02',
    '08 00',
    '0c fffffffe',
  ])('%s names nothing', (wire) => {
    expect(decodeFault(hex(wire))).toBe('AMF_REFERENCE_INVALID');
  });

  test('begin anew with each call', () => {
    decodeAmf3(hex('06 03 61 0a 0b 01 01'));
    for (const wire of ['06 00', '0a 00', '0a 01'])
      expect(decodeFault(hex(wire))).toBe('AMF_REFERENCE_INVALID');
    const object = amfObject({ a: 'b' });
    expect(encodeAmf3(object)).toEqual(encodeAmf3(object));
  });
});

describe('externalizable classes', () => {
  /** Three bytes, a text, and a value. */
  const pixel: ExternalizableClass = {
    className: 'Pixel',
    read: (properties, { reader, readValue }) => {
      for (const colour of ['red', 'green', 'blue']) properties[colour] = reader.u8();
      properties['name'] = reader.utf8(reader.u16());
      properties['next'] = readValue();
    },
    write: (properties, { writer, writeValue }) => {
      for (const colour of ['red', 'green', 'blue']) writer.u8(Number(properties[colour]));
      const name = String(properties['name']);
      writer.u16(Buffer.byteLength(name));
      writer.utf8(name, Buffer.byteLength(name));
      writeValue(properties['next']);
    },
  };
  const classes = new Map([...flexClasses, ['Pixel', pixel]]);

  test('of the caller are read and written by what it says', () => {
    const last = new ExternalizableObject(
      pixel,
      amfObject({ red: 4, green: 5, blue: 6, name: 'b', next: 'end' }),
    );
    const first = new ExternalizableObject(
      pixel,
      amfObject({ red: 1, green: 2, blue: 3, name: 'a', next: last }),
    );
    const wire = '0a 07 0b 506978656c 01 02 03 0001 61 0a 01 04 05 06 0001 62 06 07 656e64';
    expect(encodeAmf3(first)).toEqual(hex(wire));
    expect(decodeAmf3(hex(wire), {}, classes)).toStrictEqual([first]);
    expect(faultOf(() => decodeAmf3(hex(wire.slice(0, -3)), {}, classes))?.code).toBe('AMF_TRUNCATED');
  });

  test.each([
    { named: 'Pixel', wire: '0a 07 0b 506978656c 01 02 03', shown: '"Pixel"' },
    { named: 'the empty string', wire: '0a 07 01', shown: '""' },
    { named: 'constructor', wire: '0a 07 17 636f6e7374727563746f72', shown: '"constructor"' },
    { named: 'a line break', wire: '0a 07 07 610a62', shown: String.raw`"a\nb"` },
  ])('that are not known are an error with their name: $named', ({ wire, shown }) => {
    const fault = faultOf(() => decodeAmf3(hex(wire)));
    expect(fault?.code).toBe('AMF_CLASS_UNKNOWN');
    expect(fault?.message).toContain(`externalizable class ${shown}, which is not known here, before offset`);
  });

  test('that are not known are shown with the begin of their name', () => {
    const type = { ...pixel, className: 'x'.repeat(70_000) };
    const message = faultOf(() =>
      decodeAmf3(encodeAmf3(new ExternalizableObject(type, amfObject({ name: '' })))),
    )?.message;
    expect(message?.length).toBeLessThan(200);
  });
});

describe('values that cannot be encoded', () => {
  let deep: AmfValue = null;
  for (let i = 0; i < 100_000; i++) deep = [deep];

  test.each<{ what: string; value: AmfValue; code: string }>([
    { what: 'what is unsupported', value: unsupported, code: 'AMF_VALUE_INVALID' },
    {
      what: 'an empty key in an ECMA array',
      value: new EcmaArray(amfObject({ '': 1 })),
      code: 'AMF_VALUE_INVALID',
    },
    {
      what: 'a property that a sealed class does not have',
      value: new TypedObject('C', amfObject({ x: 1, z: 2 }), { sealed: ['x'], isDynamic: false }),
      code: 'AMF_VALUE_INVALID',
    },
    { what: 'a bigint', value: 1n as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'a function', value: (() => 1) as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'a symbol', value: Symbol('other') as unknown as AmfValue, code: 'AMF_VALUE_INVALID' },
    { what: 'arrays nested 100,000 deep', value: deep, code: 'AMF_TOO_DEEP' },
  ])('$what', ({ value, code }) => {
    expect(faultOf(() => encodeAmf3(value))?.code).toBe(code);
  });
});
