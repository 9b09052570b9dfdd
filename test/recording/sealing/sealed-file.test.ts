import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SealedFile } from '../../../src/recording/sealing/sealed-file.ts';
import { newDataKey } from '../../../src/recording/sealing/wrapped-key.ts';
import { bytesFile, openedBytes, recordBoundaries, sealedBytes } from '../../support/sealed-files.ts';
import { sealedSample } from '../../support/sealed-sample.ts';

const damaged = { name: 'RecordingError', code: 'damaged' };
const media = (bytes: number, first = 0): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, at) => (first + at * 7) & 0xff));

test('the plain file is the same however it was appended, and wherever it is read', async () => {
  const appends = fc.array(fc.uint8Array({ minLength: 0, maxLength: 300 }), { maxLength: 8 });
  const place = fc.nat({ max: 2500 });
  await fc.assert(
    fc.asyncProperty(
      appends,
      fc.uint8Array({ maxLength: 200 }),
      place,
      place,
      async (parts, head, at, length) => {
        const { bytes, seal } = await sealedBytes({
          appends: parts.map((part) => Buffer.from(part)),
          head: Buffer.from(head),
        });
        const plain = Buffer.concat([head, ...parts]);
        const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'a' });
        expect(file.bytes).toBe(plain.length);
        expect(await file.read(at, length)).toEqual(plain.subarray(at, at + length));
      },
    ),
    { numRuns: 60 },
  );
});

test('appends of more than a chunk are cut into chunks, heads of more than one too', async () => {
  const body = media(200_000, 3);
  const head = media(150_000, 90);
  const { bytes, seal } = await sealedBytes({
    appends: [body.subarray(0, 70_000), body.subarray(70_000)],
    head,
  });
  const plain = Buffer.concat([head, body]);
  expect(await openedBytes(bytes, seal)).toEqual(plain);
  const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'a' });
  for (const at of [0, 65_535, 65_536, 149_999, 150_000, 215_535, 215_536, 220_000, 349_999, 350_000])
    expect(await file.read(at, 65_537)).toEqual(plain.subarray(at, at + 65_537));
  expect(recordBoundaries(bytes)).toHaveLength(1 + 2 + 2 + 3 + 1 + 1 + 1 + 1);
});

test('a file without a body is whole', async () => {
  const { bytes, seal } = await sealedBytes({ appends: [], head: Buffer.alloc(0) });
  expect(await openedBytes(bytes, seal)).toHaveLength(0);
});

test('says what was said of the recording', async () => {
  const { bytes, seal } = await sealedBytes({ appends: [media(10)], facts: '{"durationMs":40}' });
  const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'a' });
  expect(file.facts.toString()).toBe('{"durationMs":40}');
});

test('neither FLV nor anything of the payload can be read in the file', async () => {
  const payload = Buffer.from('a sentence of the payload that stands in every tag');
  const head = Buffer.from('FLV\u0001\u0005\u0000\u0000\u0000\tonMetaData duration');
  const { bytes, seal } = await sealedBytes({
    appends: [payload, payload],
    head,
    facts: '{"key":"recordings/a"}',
  });
  for (const text of ['FLV', 'onMetaData', 'sentence', 'recordings', 'SPSEAL02'])
    expect(bytes.includes(text)).toBe(false);
  expect(bytes.includes(seal.dataKey)).toBe(false);
  expect(bytes.subarray(0, 8).toString()).toBe('SPSEAL01');
});

test('any changed byte of the file is found, and no chunk gives something else than was recorded', async () => {
  const { bytes, seal } = await sealedBytes({ appends: [media(40), media(30, 9), media(50, 70)] });
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at);
    await expect(openedBytes(changed, seal), `byte ${at}`).rejects.toMatchObject(damaged);
  }
});

test('a changed chunk is named, and the others can be read', async () => {
  const { bytes, seal } = await sealedBytes({
    appends: [media(40), media(30, 9), media(50, 70)],
    head: media(8),
  });
  const [, , second = 0] = recordBoundaries(bytes);
  bytes.writeUInt8(bytes.readUInt8(second + 20) ^ 1, second + 20);
  const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'recordings/live/a/1' });
  expect(await file.read(0, 48)).toEqual(Buffer.concat([media(8), media(40)]));
  expect(await file.read(78, 50)).toEqual(media(50, 70));
  for (const [offset, length] of [
    [0, 128],
    [48, 1],
    [77, 1],
    [40, 9],
  ] as const)
    await expect(file.read(offset, length)).rejects.toMatchObject({
      ...damaged,
      message: 'recordings/live/a/1: chunk 2 is not the one that was recorded',
    });
});

test('a file cut anywhere, at the end of each chunk too, is not whole', async () => {
  const { bytes, seal } = await sealedBytes({ appends: [media(40), media(40, 9)] });
  const cuts = [...recordBoundaries(bytes).slice(0, -1), 0, 8, 23, bytes.length - 1, bytes.length - 68];
  for (const cut of cuts)
    await expect(openedBytes(bytes.subarray(0, cut), seal), `cut at ${cut}`).rejects.toMatchObject(damaged);
  await expect(openedBytes(Buffer.concat([bytes, Buffer.of(0)]), seal)).rejects.toMatchObject(damaged);
});

test('chunks that were left out, repeated, swapped or brought from another file are found', async () => {
  const appends = [media(40), media(40, 9), media(40, 70)];
  const { bytes, seal } = await sealedBytes({ appends });
  const other = await sealedBytes({ appends, seal: { ...newDataKey(), dataKey: seal.dataKey } });
  const at = recordBoundaries(bytes);
  const records = (from: Buffer): Buffer[] =>
    at.slice(0, -1).map((begin, index) => from.subarray(begin, at[index + 1]));
  const own = records(bytes);
  const altered = (change: (all: Buffer[]) => void): Buffer => {
    const all = [...own];
    change(all);
    return Buffer.concat([bytes.subarray(0, 24), ...all]);
  };
  expect(
    await openedBytes(
      altered(() => {}),
      seal,
    ),
  ).toHaveLength(128);
  const changes: readonly ((all: Buffer[]) => void)[] = [
    ...own.map((_, index) => (all: Buffer[]) => void all.splice(index, 1)),
    ...own.map((record, index) => (all: Buffer[]) => void all.splice(index, 0, record)),
    ...own
      .slice(1)
      .map((record, index) => (all: Buffer[]) => void all.splice(index, 2, record, own[index] as Buffer)),
    ...records(other.bytes).map((record, index) => (all: Buffer[]) => void all.splice(index, 1, record)),
  ];
  for (const [index, change] of changes.entries())
    await expect(openedBytes(altered(change), seal), `change ${index}`).rejects.toMatchObject(damaged);
});

test('a file of another key, and another file of the same key, are refused', async () => {
  const { bytes, seal } = await sealedBytes({ appends: [media(40)] });
  await expect(openedBytes(bytes, newDataKey())).rejects.toMatchObject({
    message: 'recordings/live/a/1: it is another sealed file',
  });
  await expect(openedBytes(bytes, { ...seal, dataKey: newDataKey().dataKey })).rejects.toMatchObject(damaged);
  const other = await sealedBytes({ appends: [media(40)], seal: { ...newDataKey(), dataKey: seal.dataKey } });
  await expect(openedBytes(other.bytes, seal)).rejects.toMatchObject(damaged);
});

test('a plain file is no sealed one', async () => {
  await expect(openedBytes(Buffer.from(`FLV\u0001${'x'.repeat(400)}`), newDataKey())).rejects.toMatchObject({
    message: 'recordings/live/a/1: it does not begin as a sealed file',
  });
});

test('a file that was written with this form once can be read for ever', async () => {
  const { bytes, seal, head, body, facts } = sealedSample;
  const file = await SealedFile.open(bytesFile(bytes), { ...seal, name: 'a' });
  expect((await file.read(0, 1000)).toString()).toBe(head + body);
  expect(file.facts.toString()).toBe(facts);
});
