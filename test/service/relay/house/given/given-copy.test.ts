import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import {
  type GivenCopy,
  readGivenCopy,
  writeGivenCopy,
} from '../../../../../src/service/relay/house/given/given-copy.ts';
import { HouseFolder } from '../../../../support/house-folder.ts';
import { given } from '../../../../support/scripted-house.ts';

const copy: GivenCopy = {
  version: 1,
  house: 'https://house.example',
  relay: 'relay-1',
  revision: 'r1',
  settings: given([{ match: '**', source: { type: 'pull', urls: ['rtmp://user:hush@parent/{key}'] } }]),
  bans: [{ kind: 'identity', value: 'ann', until: 1_800_000_000_000 }],
};

test('what is written is read again, by this user alone, and nothing else is left behind', async () => {
  await using folder = await HouseFolder.make();
  expect(await readGivenCopy(folder.copyFile)).toBeUndefined();
  await writeGivenCopy(folder.copyFile, { ...copy, revision: 'r0' });
  await writeGivenCopy(folder.copyFile, copy);
  expect(await readGivenCopy(folder.copyFile)).toEqual(copy);
  expect((await stat(folder.copyFile)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(folder.copyFile))).mode & 0o777).toBe(0o700);
  expect(await readdir(dirname(folder.copyFile))).toEqual(['copy.json']);
});

test.each([
  ['no JSON', '{"house": "hush'],
  ['another form', JSON.stringify({ ...copy, version: 2 })],
  ['what may not be given', JSON.stringify({ ...copy, settings: { ...copy.settings, hooks: [] } })],
  ['an empty file', ''],
])('%s is not used, and not shown', async (_what, text) => {
  await using folder = await HouseFolder.make();
  await mkdir(dirname(folder.copyFile));
  await writeFile(folder.copyFile, text, { mode: 0o600 });
  await expect(readGivenCopy(folder.copyFile)).rejects.toThrow(
    `${folder.copyFile} is not used: it is no copy of a house's config`,
  );
});

test('one that others may write, or that is too large, is not used', async () => {
  await using folder = await HouseFolder.make();
  await writeGivenCopy(folder.copyFile, copy);
  await chmod(folder.copyFile, 0o620);
  await expect(readGivenCopy(folder.copyFile)).rejects.toThrow('others than this user may write it');
  await writeFile(folder.copyFile, ' '.repeat(5 * 2 ** 20));
  await chmod(folder.copyFile, 0o600);
  await expect(readGivenCopy(folder.copyFile)).rejects.toThrow('it has 5242880 bytes');
});

test('where it cannot be written the one before stays', async () => {
  await using folder = await HouseFolder.make();
  await writeFile(`${folder.path}/file`, 'x');
  await expect(writeGivenCopy(`${folder.path}/file/copy.json`, copy)).rejects.toThrow('cannot be written');
  expect(await readFile(`${folder.path}/file`, 'utf8')).toBe('x');
});
