import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SealedWriter } from '../../../src/recording/sealing/sealed-writer.ts';
import { newDataKey } from '../../../src/recording/sealing/wrapped-key.ts';
import { openedBytes, recordBoundaries, sealedBytes } from '../../support/sealed-files.ts';

test('no nonce is used twice, in a file or in many', async () => {
  const seen = new Set<string>();
  let records = 0;
  for (let file = 0; file < 40; file++) {
    const { bytes } = await sealedBytes({
      appends: Array.from({ length: 30 }, () => Buffer.from('the same')),
    });
    for (const at of recordBoundaries(bytes).slice(0, -1)) {
      seen.add(bytes.toString('hex', at + 4, at + 16));
      records++;
    }
  }
  expect(records).toBe(40 * 35);
  expect(seen.size).toBe(records);
});

test('the same file gets other bytes each time, and another key', async () => {
  const appends = [Buffer.from('the same')];
  const [one, two] = [await sealedBytes({ appends }), await sealedBytes({ appends })];
  expect(one.seal.dataKey).not.toEqual(two.seal.dataKey);
  expect(one.bytes.subarray(8)).not.toEqual(two.bytes.subarray(8));
});

test('what could not be written leaves nothing, and can be written again', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sealed-'));
  const file = join(folder.path, 'file');
  await using handle = await open(file, 'wx+', 0o600);
  let room = 80;
  const short = {
    write: async (bytes: Buffer, at: number, length: number, place: number) => {
      const fits = Math.min(length, room - place);
      if (fits <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return await handle.write(bytes, at, fits, place);
    },
    truncate: (length: number) => handle.truncate(length),
    sync: () => handle.sync(),
  } as unknown as FileHandle;
  const seal = newDataKey();
  const writer = await SealedWriter.create(short, seal, Buffer.alloc(0));
  await writer.append([Buffer.from('first')]);
  await expect(writer.append([Buffer.from('second')])).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(readFileSync(file)).toHaveLength(24 + 32 + 5);
  room = 1000;
  await writer.append([Buffer.from('again')]);
  await writer.finish(Buffer.from('head'), Buffer.from('{}'));
  expect((await openedBytes(readFileSync(file), seal)).toString()).toBe('headfirstagain');
});
