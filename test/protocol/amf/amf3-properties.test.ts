import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  ObjectVector,
} from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { amf3Value } from '../../support/amf-values.ts';

const values = fc.array(amf3Value, { maxLength: 4 });
const unlimited = { maxValues: 1e6, maxRepeatedBytes: 1e9 };

/** What decoding gives: values, or the code of its ProtocolError; whatever else is thrown fails the test. */
function outcome(bytes: Uint8Array): AmfValue[] | string {
  try {
    return decodeAmf3(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

describe('AMF3', () => {
  test('values are the same after a round trip', () => {
    fc.assert(
      fc.property(values, (values) => {
        const bytes = encodeAmf3(...values);
        const decoded = decodeAmf3(bytes);
        expect(decoded).toEqual(values);
        expect(encodeAmf3(...decoded)).toEqual(bytes); // tells apart what toEqual does not, such as undefined and missing
      }),
      { numRuns: 1000 },
    );
  });

  test('every integer takes as few bytes as it can', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 28), max: 2 ** 28 - 1 }), (value) => {
        const size = value < 0 || value >= 2 ** 21 ? 4 : value < 2 ** 7 ? 1 : value < 2 ** 14 ? 2 : 3;
        const bytes = encodeAmf3(value);
        expect(bytes).toHaveLength(1 + size);
        expect(decodeAmf3(bytes)).toEqual([value]);
      }),
    );
  });

  test('shared and cyclic values keep their shape', () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom('a', 'b', 'c', 'd')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(edges, (edges) => {
        const nodes = Array.from({ length: 12 }, () => amfObject({}));
        for (const [from, to, key] of edges) {
          const target = nodes[to];
          const forms: Record<string, AmfValue> = {
            a: target,
            b: [target],
            c: new ObjectVector('', [target]),
            d: new Dictionary(new Map([[target, nodes[from]]])),
          };
          Object.assign(nodes[from] as AmfObject, { [key]: forms[key] });
        }
        const bytes = encodeAmf3(nodes);
        expect(encodeAmf3(...decodeAmf3(bytes))).toEqual(bytes);
      }),
    );
  });

  test('valid bytes cut anywhere are truncated or fewer values', () => {
    fc.assert(
      fc.property(values, (values) => {
        const bytes = encodeAmf3(...values);
        for (let size = 0; size < bytes.length; size++) {
          const result = outcome(bytes.subarray(0, size));
          if (typeof result === 'string') expect(result).toBe('AMF_TRUNCATED');
          else expect(encodeAmf3(...result)).toEqual(bytes.subarray(0, size));
        }
      }),
      { numRuns: 100 },
    );
  });

  const likelyByte = fc.oneof({ weight: 4, arbitrary: fc.nat(0x12) }, fc.nat(0xff));
  const changedValid = fc
    .tuple(values, fc.array(fc.tuple(fc.nat(), likelyByte), { minLength: 1, maxLength: 6 }))
    .map(([values, changes]) => {
      const bytes = encodeAmf3(...values);
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
        const result = outcome(bytes);
        seen.add(typeof result === 'string' ? result : 'values');
        if (typeof result === 'string') return;
        const again = encodeAmf3(...result);
        expect(encodeAmf3(...decodeAmf3(again, unlimited))).toEqual(again);
      }),
      { numRuns: 5000 },
    );
    expect(seen).toContain('values');
    expect(seen).toContain('AMF_REFERENCE_INVALID');
  });
});
