import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../../src/protocol/amf/amf-json.ts';
import {
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  unsupported,
  Xml,
  XmlDocument,
} from '../../../src/protocol/amf/amf-value.ts';
import { amf3Value, flexClass } from '../../support/amf-values.ts';

const forms: readonly (readonly [string, AmfValue, JsonValue])[] = [
  ['null', null, null],
  ['a boolean', true, true],
  ['a number', 1.5, 1.5],
  ['a text', 'é', 'é'],
  ['an array', [1, 'a'], [1, 'a']],
  ['an object', amfObject({ a: 1, b: amfObject({}) }), { a: 1, b: {} }],
  ['undefined', undefined, { $amf: 'undefined' }],
  ['no number', Number.NaN, { $amf: 'number', value: 'NaN' }],
  ['no finite number', Number.NEGATIVE_INFINITY, { $amf: 'number', value: '-Infinity' }],
  ['zero below zero', -0, { $amf: 'number', value: '-0' }],
  ['a date', new Date(1500), { $amf: 'date', value: '1970-01-01T00:00:01.500Z' }],
  ['a date of long ago', new Date(-1e14), { $amf: 'date', value: '-001199-02-15T14:13:20.000Z' }],
  ['no date', new Date(Number.NaN), { $amf: 'date', value: null }],
  ['bytes', new Uint8Array([1, 2, 255]), { $amf: 'bytes', value: 'AQL/' }],
  ['an XML document', new XmlDocument('<a/>'), { $amf: 'xml-document', value: '<a/>' }],
  ['XML', new Xml('<a/>'), { $amf: 'xml', value: '<a/>' }],
  ['what AMF cannot carry', unsupported, { $amf: 'unsupported' }],
  [
    'an ECMA array',
    new EcmaArray(amfObject({ width: 640 }), [7]),
    { $amf: 'ecma-array', properties: { width: 640 }, dense: [7] },
  ],
  [
    'a typed object',
    new TypedObject('com.example.User', amfObject({ name: 'Ann' })),
    { $amf: 'typed-object', class: 'com.example.User', properties: { name: 'Ann' } },
  ],
  [
    'an object of a sealed class',
    new TypedObject('A', amfObject({ x: 1 }), { sealed: ['x'], isDynamic: false }),
    { $amf: 'typed-object', class: 'A', properties: { x: 1 }, sealed: ['x'], dynamic: false },
  ],
  [
    'a vector of numbers',
    new NumberVector(new Int32Array([-1, 2]), true),
    { $amf: 'int-vector', items: [-1, 2], fixed: true },
  ],
  [
    'a vector of objects',
    new ObjectVector('A', [null]),
    { $amf: 'object-vector', class: 'A', items: [null], fixed: false },
  ],
  [
    'a dictionary',
    new Dictionary(new Map<AmfValue, AmfValue>([[1, 'a']])),
    { $amf: 'dictionary', entries: [[1, 'a']], weak: false },
  ],
  [
    'an externalizable object',
    new ExternalizableObject(flexClass('flex.messaging.io.ArrayCollection'), amfObject({ source: [1] })),
    { $amf: 'externalizable', class: 'flex.messaging.io.ArrayCollection', properties: { source: [1] } },
  ],
  [
    'an object that has the key of a tag',
    amfObject({ $amf: 'date' }),
    { $amf: 'object', properties: { $amf: 'date' } },
  ],
];

test.each(forms)('%s', (_, value, json) => {
  expect(JSON.parse(JSON.stringify(amfToJson(value)))).toEqual(json);
  expect(jsonToAmf(json)).toStrictEqual(value);
});

test('every value is the same again', () => {
  fc.assert(
    fc.property(amf3Value, (value) => {
      const json = JSON.parse(JSON.stringify(amfToJson(value))) as JsonValue;
      return isDeepStrictEqual(jsonToAmf(json), value);
    }),
    { numRuns: 300 },
  );
});

test('any JSON gives a value or a ProtocolError', () => {
  const tag = fc.constantFrom(...forms.map(([, , json]) => (json as { $amf?: string } | null)?.$amf ?? 'x'));
  const field = fc.constantFrom('value', 'items', 'properties', 'class', 'entries', 'dense', 'sealed');
  const odd = fc
    .tuple(tag, fc.dictionary(field, fc.jsonValue()))
    .map(([$amf, fields]) => ({ ...fields, $amf }) as JsonValue);
  fc.assert(
    fc.property(fc.oneof(odd, fc.jsonValue() as fc.Arbitrary<JsonValue>), (json) => {
      try {
        jsonToAmf(json);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
  );
});

describe('what is no sound value', () => {
  const cyclic = amfObject({});
  cyclic['self'] = [cyclic];
  const deep = (levels: number): AmfValue[] => (levels === 0 ? [] : [deep(levels - 1)]);
  let doubled: AmfValue = 'x';
  for (let i = 0; i < 40; i++) doubled = [doubled, doubled];
  const text = 'x'.repeat(2 ** 19);

  test.each([
    ['a cyclic value', cyclic, 'AMF_VALUE_INVALID'],
    ['one that is nested too deeply', deep(64), 'AMF_TOO_DEEP'],
    ['one that is shared a million million times', doubled, 'AMF_TOO_MANY_VALUES'],
    ['one whose text is shared too often', [text, text, text], 'AMF_TOO_MANY_VALUES'],
  ] satisfies [string, AmfValue, string][])('%s has no form in JSON', (_, value, code) => {
    expect(() => amfToJson(value)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ['a type that objects inherit', { $amf: 'constructor' }, 'AMF_VALUE_INVALID'],
    ['a type that is no text', { $amf: 1 }, 'AMF_VALUE_INVALID'],
    ['a date in words', { $amf: 'date', value: 'yesterday' }, 'AMF_VALUE_INVALID'],
    ['a piece of Base64', { $amf: 'bytes', value: 'A' }, 'AMF_VALUE_INVALID'],
    ['a vector of other numbers', { $amf: 'int-vector', items: [0.5] }, 'AMF_VALUE_INVALID'],
    ['a key without a value', { $amf: 'dictionary', entries: [[1]] }, 'AMF_VALUE_INVALID'],
    [
      'a property that is not there',
      { $amf: 'typed-object', class: 'A', sealed: ['x'] },
      'AMF_VALUE_INVALID',
    ],
    ['a class that nobody knows', { $amf: 'externalizable', class: '__proto__' }, 'AMF_CLASS_UNKNOWN'],
    ['one that is nested too deeply', deep(64) as JsonValue, 'AMF_TOO_DEEP'],
    ['one with too much in it', Array.from({ length: 10_001 }, () => 0), 'AMF_TOO_MANY_VALUES'],
  ] as const)('%s is no value of AMF', (_, json, code) => {
    expect(() => jsonToAmf(json)).toThrow(expect.objectContaining({ code }));
  });
});

test('a key is a key, also __proto__', () => {
  const json = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1}') as JsonValue;
  const value = jsonToAmf(json) as Record<string, AmfValue>;
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(value['isAdmin']).toBeUndefined();
  expect({}).not.toHaveProperty('isAdmin');
  expect(JSON.stringify(amfToJson(value))).toBe('{"__proto__":{"isAdmin":true},"constructor":1}');
});
