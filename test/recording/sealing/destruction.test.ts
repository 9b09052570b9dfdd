import {
  closeSync,
  mkdirSync,
  mkdtempDisposableSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destroy, doomedBase, replaceForGood } from '../../../src/recording/sealing/destruction.ts';

const secret = 'the wrapped key of the recording';

function scene() {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'destruction-'));
  const base = join(folder.path, '20261123T012719Z-AAAAAAAAAAAAAAAAAAAAAA');
  writeFileSync(`${base}.json`, secret);
  writeFileSync(`${base}.flv.sealed`, 'sealed');
  writeFileSync(join(folder.path, '20261123T012720Z-AAAAAAAAAAAAAAAAAAAAAA.json'), 'another');
  return { folder, base, names: () => readdirSync(folder.path), [Symbol.dispose]: () => folder.remove() };
}

/** What a file holds that has no name any more. */
function rest(file: number): string {
  const bytes = Buffer.alloc(1000);
  return bytes.toString('latin1', 0, readSync(file, bytes, 0, 1000, 0));
}

test('everything of a recording goes, nothing else, and its key is overwritten', async () => {
  using found = scene();
  for (const end of ['.flv', '.asf.part', '.flv.sealed.part']) writeFileSync(found.base + end, 'x');
  writeFileSync(`${found.base}.json.tmp`, secret);
  const files = ['.json', '.json.tmp'].map((end) => openSync(found.base + end, 'r'));
  await destroy(found.base);
  expect(found.names()).toEqual(['20261123T012720Z-AAAAAAAAAAAAAAAAAAAAAA.json']);
  for (const file of files) {
    expect(rest(file)).toHaveLength(secret.length);
    expect(rest(file)).not.toContain('key');
    closeSync(file);
  }
});

test('where that is interrupted the recording is gone, its key too, and it goes on later', async () => {
  using found = scene();
  mkdirSync(`${found.base}.flv`); // what cannot be removed as a file
  await expect(destroy(found.base)).rejects.toThrow();
  expect(found.names()).not.toContain(`${found.base}.json`);
  const [doomed = ''] = found.names().flatMap((name) => doomedBase(join(found.folder.path, name)) ?? []);
  expect(doomed).toBe(found.base);
  expect(readFileSync(`${doomed}.deleted`, 'latin1')).not.toContain('key');
  rmdirSync(`${found.base}.flv`);
  await destroy(doomed);
  expect(found.names()).toHaveLength(1);
});

test('a link in the place of a description is removed, and what it leads to is not overwritten', async () => {
  using found = scene();
  const elsewhere = join(found.folder.path, 'elsewhere');
  writeFileSync(elsewhere, 'mine');
  for (const end of ['.json.tmp', '.flv.sealed.part']) symlinkSync(elsewhere, found.base + end);
  await destroy(found.base);
  expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
  expect(found.names()).toHaveLength(2);
});

test('what is replaced is overwritten once the other has its place', async () => {
  using found = scene();
  const path = `${found.base}.json`;
  const old = openSync(path, 'r');
  const replace = async () => {
    await writeFile(`${path}.tmp`, 'the next one');
    await rename(`${path}.tmp`, path);
  };
  await replaceForGood(path, replace);
  expect(readFileSync(path, 'utf8')).toBe('the next one');
  expect(rest(old)).not.toContain('key');
  closeSync(old);
  const fresh = join(found.folder.path, 'fresh');
  await replaceForGood(fresh, () => writeFile(fresh, 'first'));
  expect(readFileSync(fresh, 'utf8')).toBe('first');
});

test('what cannot be replaced stays as it is', async () => {
  using found = scene();
  const path = `${found.base}.json`;
  await expect(replaceForGood(path, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(readFileSync(path, 'utf8')).toBe(secret);
});

test('other names say nothing of a deletion', () => {
  expect(['/a/b.json', '/a/deleted', '/a/b.flv'].map(doomedBase)).toEqual([undefined, undefined, undefined]);
});
