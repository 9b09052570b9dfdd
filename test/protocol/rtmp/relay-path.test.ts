import { expect, test } from 'vitest';
import { amfObject, EcmaArray } from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { decodePath, encodePath } from '../../../src/protocol/rtmp/relay-path.ts';

test('a path is the same after the wire', () => {
  const path = ['origin-1', 'edge_2', 'A'.repeat(64)];
  const [value] = decodeAmf0(encodeAmf0(encodePath(path)));
  expect(decodePath(value)).toEqual(path);
  expect(decodePath(encodePath([]))).toEqual([]);
});

test('a path may come as an ECMA array', () => {
  expect(decodePath(new EcmaArray(amfObject({ 0: 'a', 1: 'b' })))).toEqual(['a', 'b']);
});

test('what cannot be an id is left out', () => {
  const bad = [5, null, undefined, '', 'a b', 'a\n', 'ä', 'x'.repeat(65), ['a'], amfObject({})];
  expect(decodePath(['a', ...bad, 'b'])).toEqual(['a', 'b']);
});

test('a longer path than anybody needs is cut, at both ends', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => `r${i}`);
  expect(encodePath(ids)).toEqual(ids.slice(0, 64));
  expect(decodePath(ids)).toEqual(ids.slice(0, 64));
});

test.each([undefined, null, true, 5, 'a', amfObject({ 0: 'a' }), new Date(0)])('%o is no path', (value) => {
  expect(decodePath(value)).toBeUndefined();
});
