import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  Xml,
  XmlDocument,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { AsAmf3 } from '../../../src/protocol/amf/amf0-encoder.ts';
import { amf3Value, flexClass } from '../../support/amf-values.ts';
import { hex } from '../../support/chunk-outcome.ts';
import { faultOf } from '../../support/protocol-fault.ts';

describe('AMF3 among the values of AMF0', () => {
  test.each<{ form: string; wire: string; values: AmfValue[] }>([
    { form: 'byte array', wire: '11 0c 05 0102', values: [new Uint8Array([1, 2])] },
    { form: 'XML of ActionScript 3', wire: '11 0b 09 3c612f3e', values: [new Xml('<a/>')] },
    { form: 'vector of int', wire: '11 0d 03 00 00000001', values: [new NumberVector(new Int32Array([1]))] },
    { form: 'vector of objects', wire: '11 10 03 00 01 06 03 61', values: [new ObjectVector('', ['a'])] },
    { form: 'dictionary', wire: '11 11 03 00 01 02', values: [new Dictionary(new Map([[null, false]]))] },
    {
      form: 'message of BlazeDS',
      wire: '11 0a 07 07 445341 00 00',
      values: [new ExternalizableObject(flexClass('DSA'), amfObject({}))],
    },
    {
      form: 'byte array in an object of AMF0',
      wire: '03 0001 61 11 0c 03 01 0001 62 05 000009',
      values: [amfObject({ a: new Uint8Array([1]), b: null })],
    },
    {
      form: 'text and bytes that come again',
      wire: '11 10 03 00 01 06 03 61 11 10 05 00 01 06 00 06 03 62 11 10 00',
      values: (() => {
        const later = new ObjectVector('', ['a']);
        return [later, new ObjectVector('', ['a', 'b']), later];
      })(),
    },
  ])('$form', ({ wire, values }) => {
    expect(decodeAmf0(hex(wire))).toStrictEqual(values);
    expect(encodeAmf0(...values).toString('hex')).toBe(hex(wire).toString('hex'));
  });

  test('a value goes as AMF3 where that is asked for, and only that one', () => {
    const object = amfObject({ a: 1 });
    const wire = '02 0001 61 00 3ff0000000000000 05 11 0a 0b 01 03 61 04 01 01 11 06 00 02 0001 61';
    const bytes = encodeAmf0('a', 1, null, new AsAmf3(object), new AsAmf3('a'), 'a');
    expect(bytes.toString('hex')).toBe(hex(wire).toString('hex'));
    expect(decodeAmf0(bytes)).toStrictEqual(['a', 1, null, object, 'a', 'a']);
  });

  test('all of AMF3 in one body shares its references, and none of those of AMF0', () => {
    const [, first, again, string] = decodeAmf0(hex('03 000009 11 0a 0b 01 03 61 01 01 11 0a 00 11 06 00'));
    expect(first).toEqual({ a: null });
    expect(again).toBe(first);
    expect(string).toBe('a');
    expect(faultOf(() => decodeAmf0(hex('11 0a 0b 01 01 07 0000')))?.code).toBe('AMF_REFERENCE_INVALID');
    expect(faultOf(() => decodeAmf0(hex('03 000009 11 0a 00')))?.code).toBe('AMF_REFERENCE_INVALID');
    expect(faultOf(() => decodeAmf0(hex('11 06 00')))?.code).toBe('AMF_REFERENCE_INVALID');
  });

  test('a cycle over both is the same from within', () => {
    const object = amfObject({});
    object['keys'] = new Dictionary(new Map([[object, 1]]));
    const [decoded] = decodeAmf0(encodeAmf0(object)) as [AmfObject];
    const [inner] = [...(decoded['keys'] as Dictionary).entries.keys()] as [AmfObject];
    expect(inner['keys']).toBe(decoded['keys']);
  });

  test('an ECMA array of AMF3 has its dense values under their numbers in AMF0', () => {
    const array = new EcmaArray(amfObject({ name: 'x', 1: 'as named' }), ['a', 'b']);
    const [decoded] = decodeAmf0(encodeAmf0(array));
    expect(decoded).toStrictEqual(new EcmaArray(amfObject({ 0: 'a', 1: 'as named', name: 'x' })));
  });

  test('of a sealed class, AMF0 has name and properties', () => {
    const object = new TypedObject('C', amfObject({ x: 1 }), { sealed: ['x'], isDynamic: false });
    expect(decodeAmf0(encodeAmf0(object))).toStrictEqual([new TypedObject('C', amfObject({ x: 1 }))]);
  });

  test('limits hold for both together', () => {
    const both = (amf0: string, amf3: string) => hex(`${amf0} 11 ${amf3}`);
    const arrays = '0a 00000001'.repeat(32);
    const code = (bytes: Uint8Array, limits = {}) => faultOf(() => decodeAmf0(bytes, limits))?.code;
    expect(code(both(arrays, `${'09 03 01'.repeat(32)} 01`))).toBeUndefined();
    expect(code(both(arrays, `${'09 03 01'.repeat(33)} 01`))).toBe('AMF_TOO_DEEP');
    expect(code(both('05 05', '09 05 01 01 01'), { maxValues: 5 })).toBeUndefined();
    expect(code(both('05 05', '09 05 01 01 01'), { maxValues: 4 })).toBe('AMF_TOO_MANY_VALUES');
    expect(code(both('02 0001 61', '06 09 61616161'), { maxStringBytes: 3 })).toBe('AMF_VALUE_INVALID');
    expect(code(both('05', '06 09 61616161 11 06 00'), { maxRepeatedBytes: 3 })).toBe('AMF_TOO_MANY_VALUES');
  });

  test('an unknown externalizable class is named', () => {
    const fault = faultOf(() => decodeAmf0(hex('11 0a 07 03 43')));
    expect(fault?.code).toBe('AMF_CLASS_UNKNOWN');
    expect(fault?.message).toContain('"C"');
  });

  test('values are the same after a round trip as AMF3', () => {
    fc.assert(
      fc.property(fc.array(amf3Value, { maxLength: 4 }), (values) => {
        const bytes = encodeAmf0(...values.map((value) => new AsAmf3(value)));
        const decoded = decodeAmf0(bytes);
        expect(decoded).toEqual(values);
        expect(encodeAmf0(...decoded.map((value) => new AsAmf3(value)))).toEqual(bytes);
      }),
    );
  });

  test('every value of AMF3 can go as AMF0 that is the same again', () => {
    fc.assert(
      fc.property(fc.array(amf3Value, { maxLength: 4 }), (values) => {
        const bytes = encodeAmf0(...values);
        expect(encodeAmf0(...decodeAmf0(bytes))).toEqual(bytes);
      }),
    );
  });

  test('texts and dates that AMF0 has are not switched', () => {
    expect(encodeAmf0(new XmlDocument('a'), new Date(0)).toString('hex')).toBe(
      '0f00000001610b00000000000000000000',
    );
  });
});
