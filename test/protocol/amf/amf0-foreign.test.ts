import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AmfObject, type AmfValue, amfObject, EcmaArray } from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';

/**
 * AMF0 as somebody else has written it. It has ECMA arrays only, and no AMF3; left out is what it gets wrong: lists without items or
 * with null, and dates before references, for which it counts them.
 */
const { AMF0: foreign } = createRequire(import.meta.url)('amf0-ts') as {
  AMF0: { stringify(value: unknown): number[]; parse(bytes: number[]): unknown };
};

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).filter((key) => key !== '__proto__');
const { object } = fc.letrec<{ value: AmfValue; object: AmfObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<AmfValue>(null, undefined, true, false),
    fc.double(),
    fc.string({ unit: 'binary', maxLength: 80 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));

describe('amf0-ts', () => {
  test('is understood, with its references', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const value = { a, b, again: { a, b } };
        const bytes = Buffer.from(foreign.stringify(value));
        expect(decodeAmf0(bytes)).toEqual([value]);
        expect(encodeAmf0(value)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test('understands what is written here', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const value = { a, b, again: { a, b } };
        expect(foreign.parse([...encodeAmf0(value)])).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('has the same bytes for a list, as an ECMA array', () => {
    const bytes = Buffer.from(foreign.stringify(['a', 2]));
    const own = new EcmaArray(amfObject({ 0: 'a', 1: 2 }));
    expect(decodeAmf0(bytes)).toStrictEqual([own]);
    expect(encodeAmf0(own)).toEqual(bytes);
    expect(foreign.parse([...encodeAmf0(own)])).toEqual(['a', 2]);
  });

  test('has the same bytes for a date', () => {
    const date = new Date(1e12);
    expect(encodeAmf0(date)).toEqual(Buffer.from(foreign.stringify(date)));
    expect(foreign.parse([...encodeAmf0(date)])).toEqual(date);
  });

  test('has the same bytes for a long string', () => {
    const text = 'x'.repeat(70_000);
    expect(encodeAmf0(text)).toEqual(Buffer.from(foreign.stringify(text)));
    expect(foreign.parse([...encodeAmf0(text)])).toBe(text);
  });
});
