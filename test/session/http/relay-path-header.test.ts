import { expect, test } from 'vitest';
import { decodePathHeader, encodePathHeader } from '../../../src/session/http/relay-path-header.ts';

test.each([
  { value: undefined, path: [] },
  { value: '', path: [] },
  { value: 'abc', path: ['abc'] },
  { value: 'abc, d-e_f,g', path: ['abc', 'd-e_f', 'g'] },
  { value: ['abc', 'def'], path: ['abc', 'def'] },
  { value: 'abc, <script>, , d e', path: ['abc'] },
  { value: `x${', x'.repeat(1000)}`, path: Array.from({ length: 64 }, () => 'x') },
])('reads $value', ({ value, path }) => {
  expect(decodePathHeader(value)).toEqual(path);
});

test('reads what it writes', () => {
  const path = ['one', 'two_2', 'three-3'];
  expect(decodePathHeader(encodePathHeader(path))).toEqual(path);
});
