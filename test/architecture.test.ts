import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findFaults, readSourceFiles } from './support/import-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Folders of tests that mirror none. */
const unmirrored = [
  'budget',
  'deploy',
  'docs',
  'fuzz',
  'hostile',
  'interop',
  'session/compliance',
  'support',
];

/** Tests of several files of their folder at once, which are named after none. */
const suites = [
  'architecture',
  'config/example',
  'config/tls-listeners',
  'family/toy-family',
  'load-tester/asf',
  'load-tester/cli',
  'load-tester/counts',
  'load-tester/http-flv',
  'load-tester/planted-faults',
  'load-tester/tls',
  'load-tester/ws-flv',
  'pages/files',
  'protocol/rtmp/dialogue/client-hostile',
  'protocol/rtmp/dialogue/dialogue-session',
  'protocol/rtmp/dialogue/server-hostile',
  'protocol/rtmp/dialogue/server-play',
  'service/relay/relays-believed',
  'service/relay/workers/list-streams',
  'stream/fan-out/change-form',
  'stream/fan-out/header-change',
  'stream/fan-out/may-begin',
];

const sources = readSourceFiles(root, ['src', 'load-tester']);
/** What tests may be named after: sources, and what measures them. */
const tested = [...sources, ...readSourceFiles(root, ['bench'])];

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

test('a test stands in the mirror of the folder that it tests, named after a file there or listed as a suite', () => {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !unmirrored.includes(posix.dirname(path)))
    .map((path) => path.slice(0, -'.test.ts'.length));
  const isNamed = (test: string): boolean =>
    tested.some(({ path }) => {
      const name = path.replace(/^src\//, '').replace(/\.[jt]s$/, '');
      return posix.dirname(test) === posix.dirname(name) && `${test}-`.startsWith(`${name}-`);
    });
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((test) => !isNamed(test)).sort()).toEqual(suites);
  const isMirrored = (test: string): boolean =>
    [root, join(root, 'src')].some((top) => existsSync(join(top, posix.dirname(test))));
  expect(tests.filter((test) => !isMirrored(test))).toEqual([]);
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
