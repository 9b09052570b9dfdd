import { createReadStream, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readFlv, writeFlv } from '../../../src/protocol/flv/flv-file.ts';
import { encodeFlvFileHeader, FlvTagType } from '../../../src/protocol/flv/flv-tag.ts';
import { bbbPath } from '../../support/media.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test.each([64 * 1024, 7])(
  'a file of ffmpeg, read in pieces of %i bytes and written again, is the same file',
  async (highWaterMark) => {
    const chunks =
      highWaterMark === 7 ? pieces(readFileSync(bbbPath), 7) : createReadStream(bbbPath, { highWaterMark });
    const written = await all(writeFlv(readFlv(chunks)));
    expect(Buffer.concat(written).equals(readFileSync(bbbPath))).toBe(true);
  },
);

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield new Uint8Array(bytes.subarray(at, at + size));
}

test('nothing is read before somebody asks for a tag', async () => {
  let asked = 0;
  const bytes = readFileSync(bbbPath);
  const source = (function* () {
    for (const piece of pieces(bytes, 4096)) {
      asked++;
      yield piece;
    }
  })();
  const tags = readFlv(source);
  expect(asked).toBe(0);
  const first = await tags.next();
  expect(first.value).toMatchObject({ type: FlvTagType.script, timestamp: 0 });
  expect(asked).toBe(1);
  await tags.return();
});

test('a file that ends inside a tag is told of, behind the tags before', async () => {
  const bytes = readFileSync(bbbPath).subarray(0, 20_000);
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const { offset } of readFlv([bytes])) seen.push(offset);
  };
  await expect(read()).rejects.toMatchObject({ code: 'FLV_TAG_INVALID' });
  expect(seen.length).toBeGreaterThan(3);
});

test('a tag beyond the limit is refused before it is held', async () => {
  await expect(all(readFlv([readFileSync(bbbPath)], { maxTagBytes: 1000 }))).rejects.toMatchObject({
    code: 'FLV_TAG_TOO_LARGE',
  });
});

test('the header says what its writer says, and both where nothing is said', async () => {
  expect(await all(writeFlv([]))).toEqual([encodeFlvFileHeader({ audio: true, video: true })]);
  const audioOnly = { audio: true, video: false };
  expect(await all(writeFlv([], audioOnly))).toEqual([encodeFlvFileHeader(audioOnly)]);
});
