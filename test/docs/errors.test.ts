import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
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
