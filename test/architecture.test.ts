import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findFaults, readSourceFiles } from './support/import-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readSourceFiles(root, ['src', 'load-tester']);

test('every source file keeps to its layer, without a cycle', () => {
  expect(sources.length).toBeGreaterThan(0);
  expect(findFaults(sources)).toEqual([]);
});

test('no source file is longer than 400 lines', () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
});
