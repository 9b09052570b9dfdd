import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readSourceFiles, type SourceFile } from '../support/import-rules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The members of the ErrorCode union, as written. */
function codesInSource(): string[] {
  const [, union = ''] = read('src/errors.ts').match(/export type ErrorCode =([^;]+);/) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, code]) => code ?? '');
}

/** The rows of the table: each begins with a code in backquotes. */
function rowsInDocs(): string[][] {
  const rows = read('docs/errors.md').matchAll(/^\| `([^`]+)` \|(.+)\|$/gm);
  return [...rows].map(([, code = '', cells = '']) => [code, ...cells.split('|').map((cell) => cell.trim())]);
}

test('every error code has its row in docs/errors.md, and every row its code, in the same order', () => {
  const codes = codesInSource();
  expect(codes.length).toBeGreaterThan(0);
  expect(rowsInDocs().map(([code]) => code)).toEqual(codes);
});

test('every row tells what the code means and what to do', () => {
  for (const row of rowsInDocs())
    expect(row).toEqual([row[0], expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
});

/** The codes that stand as texts in some of these files. */
function codesIn(files: readonly SourceFile[]): Set<string> {
  const texts = files.flatMap(({ text }) => [...text.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)]);
  return new Set(texts.map(([, code = '']) => code));
}

test('every code is thrown by some source, and raised by some test', () => {
  const sources = readSourceFiles(root, ['src']).filter(({ path }) => path !== 'src/errors.ts');
  const tests = readSourceFiles(root, ['test']).filter(
    ({ path }) => path.endsWith('.test.ts') && !path.startsWith('test/docs/'),
  );
  const [thrown, raised] = [codesIn(sources), codesIn(tests)];
  expect(codesInSource().filter((code) => !thrown.has(code))).toEqual([]);
  expect(codesInSource().filter((code) => !raised.has(code))).toEqual([]);
});
