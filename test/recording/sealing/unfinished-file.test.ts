import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WriterSeal } from '../../../src/recording/sealing/sealed-writer.ts';
import { UnfinishedFile } from '../../../src/recording/sealing/unfinished-file.ts';
import { newDataKey } from '../../../src/recording/sealing/wrapped-key.ts';
import { bytesFile, openedBytes, recordBoundaries, sealedBytes } from '../../support/sealed-files.ts';

const appends = ['one and ', 'two and ', 'three'].map((text) => Buffer.from(text));
const begun = Buffer.from('a head, ');
const name = 'recordings/live/a/1';

function opened(bytes: Buffer, seal: WriterSeal): Promise<UnfinishedFile> {
  return UnfinishedFile.open(bytesFile(bytes), { ...seal, name }, begun.length);
}

/** Finishes what was left of a file, as it is done at a start. @returns the sealed bytes then */
async function recovered(bytes: Buffer, seal: WriterSeal, head: string, bodyBytes?: number): Promise<Buffer> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'unfinished-'));
  const file = join(folder.path, 'file');
  writeFileSync(file, bytes);
  await using handle = await open(file, 'r+');
  await (await opened(bytes, seal)).finish(handle, Buffer.from(head), Buffer.from('{}'), bodyBytes);
  return readFileSync(file);
}

test('a file that was cut anywhere keeps what is whole, and can be read once it is finished', async () => {
  const { bytes, seal } = await sealedBytes({ appends });
  const [, start = 0, ...ends] = recordBoundaries(bytes).slice(0, 5);
  for (let cut = 24; cut < bytes.length; cut++) {
    const whole = appends.filter((_, index) => (ends[index] ?? 0) <= cut);
    const text = Buffer.concat(whole).toString();
    const left = await opened(bytes.subarray(0, cut), seal);
    expect((await left.read(0, left.bytes)).toString(), `cut at ${cut}`).toBe(text);
    expect(left.head?.toString()).toBe(cut < start ? undefined : 'a head, ');
    if (![...ends, ...ends.map((end) => end + 20)].includes(cut)) continue;
    const finished = await recovered(bytes.subarray(0, cut), seal, 'new head ');
    expect((await openedBytes(finished, seal)).toString()).toBe(`new head ${text}`);
  }
});

test('the rest of a chunk that holds half a tag is left out', async () => {
  const { bytes, seal } = await sealedBytes({ appends, isUnfinished: true });
  const finished = await recovered(bytes, seal, 'head ', 18);
  expect((await openedBytes(finished, seal)).toString()).toBe('head one and two and th');
});

test('zeros that a file system leaves behind are no chunks', async () => {
  const { bytes, seal } = await sealedBytes({ appends, isUnfinished: true });
  const left = await opened(Buffer.concat([bytes, Buffer.alloc(5000)]), seal);
  expect(left.bytes).toBe(21);
});

test('more chunks than are read at a time are all found', async () => {
  const many = Array.from({ length: 40 }, (_, at) => Buffer.alloc(65_536, at));
  const { bytes, seal } = await sealedBytes({ appends: many, isUnfinished: true });
  const left = await opened(bytes, seal);
  expect(left.bytes).toBe(40 * 65_536);
  expect((await left.read(39 * 65_536 - 1, 2)).toString('hex')).toBe('2627');
});

test('the ending gets fresh nonces, and nothing of an older one is taken for it', async () => {
  const { bytes, seal } = await sealedBytes({ appends, head: Buffer.from('older head ') });
  const at = recordBoundaries(bytes);
  const body = bytes.subarray(0, at[4]);
  const finished = await recovered(body, seal, 'newer head ');
  expect(recordBoundaries(finished)).toEqual(at);
  for (let index = 4; index < 8; index++) {
    const [begin, end] = [at[index] ?? 0, at[index + 1] ?? 0];
    expect(finished.subarray(begin + 4, begin + 16)).not.toEqual(bytes.subarray(begin + 4, begin + 16));
    const replayed = Buffer.concat([
      finished.subarray(0, begin),
      bytes.subarray(begin, end),
      finished.subarray(end),
    ]);
    await expect(openedBytes(replayed, seal), `record ${index}`).rejects.toMatchObject({ code: 'damaged' });
  }
});

test('a chunk that was changed ends what can be kept', async () => {
  const { bytes, seal } = await sealedBytes({ appends, isUnfinished: true });
  const [, , second = 0] = recordBoundaries(bytes);
  bytes.writeUInt8(bytes.readUInt8(second + 17) ^ 0x80, second + 17);
  const left = await opened(bytes, seal);
  expect((await left.read(0, 100)).toString()).toBe('one and ');
});

test('with another key, or as another file, nothing is touched', async () => {
  const { bytes, seal } = await sealedBytes({ appends, isUnfinished: true });
  await expect(opened(bytes, newDataKey())).rejects.toMatchObject({ code: 'damaged' });
  await expect(opened(bytes, { ...seal, dataKey: newDataKey().dataKey })).rejects.toMatchObject({
    message: `${name}: chunk 0 is not the one that was recorded`,
  });
});
