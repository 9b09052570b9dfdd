import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFolder } from '../../../../src/service/house/store/state-folder.ts';
import { runTool } from '../../../support/run-tool.ts';
import { StoreScene } from '../../../support/store-scene.ts';

let scene: StoreScene;
let place: string;
beforeEach(async () => {
  scene = await StoreScene.make();
  place = join(scene.folder, 'a', 'b');
});
afterEach(() => scene[Symbol.asyncDispose]());

test('is made for its user only, and so is what is written there', async () => {
  await using folder = await StateFolder.open(place);
  await folder.write('x.json', 'one');
  expect((await stat(place)).mode & 0o777).toBe(0o700);
  expect((await stat(join(place, 'x.json'))).mode & 0o777).toBe(0o600);
  expect(await folder.read('x.json', 10)).toBe('one');
  expect(await folder.read('y.json', 10)).toBeUndefined();
});

test('writes one after the other, each as a whole, and leaves nothing else', async () => {
  await using folder = await StateFolder.open(place);
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(1000));
  await Promise.all(texts.map((text) => folder.write('x.json', text)));
  expect(await readFile(join(place, 'x.json'), 'utf8')).toBe(texts.at(-1));
  expect((await readdir(place)).sort()).toEqual(['lock', 'x.json']);
});

test('one house uses it at a time, and the next one when that has ended', async () => {
  {
    await using _folder = await StateFolder.open(place);
    await expect(StateFolder.open(place)).rejects.toThrow(
      `another house uses ${place}: give each house a stateDir of its own`,
    );
  }
  await using _next = await StateFolder.open(place);
});

test('a house that was killed holds nothing', async () => {
  await mkdir(place, { recursive: true });
  const hold = `require('net').createServer().listen(${JSON.stringify(join(place, 'lock'))}, () => console.log('held'))`;
  {
    await using killed = runTool(process.execPath, ['-e', hold]);
    await killed.waitForStdout('held');
    await expect(StateFolder.open(place)).rejects.toThrow('another house uses');
    await killed.stop('SIGKILL');
  }
  expect(await readdir(place)).toEqual(['lock']);
  await using _folder = await StateFolder.open(place);
});

test('who holds it and does not answer holds it', async () => {
  await mkdir(place, { recursive: true });
  const holder = createServer(() => {}).listen(join(place, 'lock'));
  await once(holder, 'listening');
  await expect(StateFolder.open(place)).rejects.toThrow('another house uses');
  holder.close();
});

test('a folder that others may write, or that is a file, or has too long a path is refused', async () => {
  await mkdir(place, { recursive: true });
  await chmod(place, 0o777);
  await expect(StateFolder.open(place)).rejects.toThrow(`others may write ${place}`);
  const file = join(scene.folder, 'file');
  await writeFile(file, '');
  await expect(StateFolder.open(file)).rejects.toThrow(`${file} cannot be used: file already exists`);
  await expect(StateFolder.open(join(scene.folder, 'd'.repeat(100)))).rejects.toThrow('is too long');
});

test('a file that is too long is not read, and one that cannot be written says so', async () => {
  await using folder = await StateFolder.open(place);
  await folder.write('x.json', 'eleven char');
  await expect(folder.read('x.json', 10)).rejects.toThrow(`${place}/x.json has 11 bytes, limit 10`);
  await mkdir(join(place, 'y.json'));
  await expect(folder.write('y.json', '')).rejects.toThrow(`${place}/y.json cannot be written: `);
  await folder.write('x.json', 'ok');
  expect(await folder.read('x.json', 10)).toBe('ok');
});
