import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findFaults, readSourceFiles } from './support/import-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readSourceFiles(root, ['src', 'load-tester']);

/** The folders of a folder, itself among them: how many files each has side by side, and their lines. */
function foldersOf(
  top: string,
): { readonly folder: string; readonly files: number; readonly lines: number }[] {
  const entries = readdirSync(join(root, top), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      folder: relative(root, parentPath),
      lines: readFileSync(join(parentPath, name), 'utf8').split('\n').length - 1,
    }));
  return [...Map.groupBy(files, ({ folder }) => folder)].map(([folder, own]) => ({
    folder,
    files: own.length,
    lines: own.reduce((sum, { lines }) => sum + lines, 0),
  }));
}

test('every source file keeps to its layer, without a cycle', () => {
  expect(sources.length).toBeGreaterThan(0);
  expect(findFaults(sources)).toEqual([]);
});

test('no two exported types share a name', () => {
  const types = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:abstract )?(?:class|interface|type) (\w+)/gm)].map(([, name]) => ({
      name,
      path,
    })),
  );
  const homonyms = [...Map.groupBy(types, ({ name }) => name)].filter(([, { length }]) => length > 1);
  expect(types.length).toBeGreaterThan(100);
  expect(homonyms).toEqual([]);
});

test('no source file is longer than 400 lines', () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
});

test('no folder has more than 18 files side by side', () => {
  const folders = [...foldersOf('src'), ...foldersOf('load-tester')];
  expect(folders.filter(({ files }) => files > 18)).toEqual([]);
});

test('no folder has more than a fifth of the lines of src in its own files', () => {
  const folders = foldersOf('src');
  const all = folders.reduce((sum, { lines }) => sum + lines, 0);
  expect(folders.filter(({ lines }) => lines > all / 5)).toEqual([]);
});
