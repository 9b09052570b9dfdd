import { mkdtempDisposableSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredFile } from '../../src/recording/file/recording-file.ts';
import { SealedFile } from '../../src/recording/sealing/sealed-file.ts';
import { SealedWriter, type WriterSeal } from '../../src/recording/sealing/sealed-writer.ts';
import { newDataKey } from '../../src/recording/sealing/wrapped-key.ts';

/** What the recording of a sealed file is like. */
export interface SealedContent {
  /** What is written at each flush. */
  readonly appends: readonly Buffer[];
  /** That it is begun with. */
  readonly begun?: Buffer;
  readonly head?: Buffer;
  readonly facts?: string;
  readonly seal?: WriterSeal;
  /** Left out: the end has not been reached. */
  readonly isUnfinished?: boolean;
}

/** A sealed file in memory, written by the writer through a file. */
export async function sealedBytes(content: SealedContent): Promise<{ bytes: Buffer; seal: WriterSeal }> {
  const {
    appends,
    begun = Buffer.from('a head, '),
    head = Buffer.from('the head'),
    facts = '{}',
    seal = newDataKey(),
  } = content;
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sealed-'));
  await using handle = await open(join(folder.path, 'file'), 'wx+', 0o600);
  const writer = await SealedWriter.create(handle, seal, begun);
  for (const bytes of appends) await writer.append([bytes]);
  if (content.isUnfinished !== true) await writer.finish(head, Buffer.from(facts));
  const { size } = await handle.stat();
  const { buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
  return { bytes: buffer, seal };
}

/** Bytes as a file that is read. */
export function bytesFile(bytes: Buffer): StoredFile {
  return {
    bytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

/** The plain file that sealed bytes hold. @throws what its reader does */
export async function openedBytes(bytes: Buffer, seal: WriterSeal): Promise<Buffer> {
  const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'recordings/live/a/1' });
  return await file.read(0, file.bytes);
}

/** Where each record of a sealed file begins, and where the last one ends. */
export function recordBoundaries(bytes: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 24; at < bytes.length; at += bytes.readUInt32BE(at) + 32) found.push(at);
  return [...found, bytes.length];
}
