import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileUpload, partBytesOf, type UploadSource } from '../../../src/recording/upload/file-upload.ts';
import { ObjectStorageError } from '../../../src/recording/upload/object-storage.ts';
import { S3Server, s3Storage } from '../../support/s3-server.ts';

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const mib = 2 ** 20;
const { signal } = new AbortController();
const partBytes = 64 * 2 ** 10;

function sourceOf(bytes: Buffer): UploadSource & { readonly reads: number } {
  let reads = 0;
  return {
    bytes: bytes.length,
    get reads() {
      return reads;
    },
    async read(offset, length) {
      reads += length;
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A storage, some methods of which are others. */
function meddled(storage: ReturnType<typeof s3Storage>, methods: Partial<typeof storage>): typeof storage {
  return new Proxy(storage, {
    get(target, name) {
      const value = methods[name as keyof typeof methods] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test.each([
  { what: 'a small file', bytes: 100_000 },
  { what: 'a file of one byte', bytes: 1 },
  { what: 'a file of three parts', bytes: 2 * partBytes + 7000 },
])('$what is uploaded, and proven by its checksum', async ({ bytes }) => {
  await using storage = s3Storage(server.endpoint);
  const content = randomBytes(bytes);
  const done = await new FileUpload(storage, `ok/${bytes}`, sourceOf(content), partBytes).run(signal);
  expect(done).toEqual({ bytes, sha256: hash('sha256', content), etag: expect.stringMatching(/^\w{32}/) });
  expect(hash('sha256', await storage.readWhole(`ok/${bytes}`, bytes))).toBe(done.sha256);
});

test('what was uploaded before a fault stays: the next run goes on with the part that failed', async () => {
  await using real = s3Storage(server.endpoint);
  const numbers: number[] = [];
  const storage = meddled(real, {
    async putPart(key, upload, number, body) {
      numbers.push(number);
      if (numbers.length === 2) throw new ObjectStorageError('unreachable', 'the line is down');
      return real.putPart(key, upload, number, body);
    },
  });
  const content = randomBytes(2 * partBytes + 1);
  const upload = new FileUpload(storage, 'again', sourceOf(content), partBytes);
  await expect(upload.run(signal)).rejects.toThrow('the line is down');
  expect((await upload.run(signal)).sha256).toBe(hash('sha256', content));
  expect(numbers).toEqual([1, 2, 2, 3]);
});

test('an object that is there is not uploaded again when it could not be looked at', async () => {
  await using real = s3Storage(server.endpoint);
  let isDown = true;
  let puts = 0;
  const storage = meddled(real, {
    put(key, body) {
      puts += 1;
      return real.put(key, body);
    },
    async facts(key) {
      if (!isDown) return real.facts(key);
      isDown = false;
      throw new ObjectStorageError('unreachable', 'the line is down');
    },
  });
  const upload = new FileUpload(storage, 'looked-at', sourceOf(randomBytes(1000)), partBytes);
  await expect(upload.run(signal)).rejects.toThrow('the line is down');
  await upload.run(signal);
  expect(puts).toBe(1);
});

test('begins anew when the storage has thrown the parts away', async () => {
  await using real = s3Storage(server.endpoint);
  const numbers: number[] = [];
  const storage = meddled(real, {
    async putPart(key, upload, number, body) {
      numbers.push(number);
      if (numbers.length === 2) throw new ObjectStorageError('missing', 'its answer is 404 NoSuchUpload');
      return real.putPart(key, upload, number, body);
    },
  });
  const content = randomBytes(partBytes + 1);
  const upload = new FileUpload(storage, 'anew', sourceOf(content), partBytes);
  await expect(upload.run(signal)).rejects.toThrow('NoSuchUpload');
  expect((await upload.run(signal)).sha256).toBe(hash('sha256', content));
  expect(numbers).toEqual([1, 2, 1, 2]);
});

test('parts that a former process has left are abandoned', async () => {
  await using real = s3Storage(server.endpoint);
  const abandoned: string[] = [];
  const storage = meddled(real, {
    unfinishedParts: async () => ['left-1', 'left-2'],
    async abandonParts(_key, upload) {
      abandoned.push(upload);
    },
  });
  await new FileUpload(storage, 'left', sourceOf(randomBytes(partBytes + 1)), partBytes).run(signal);
  expect(abandoned).toEqual(['left-1', 'left-2']);
});

describe('an object that is not what was uploaded is told, and uploaded again', () => {
  test.each([
    { what: 'cut', keep: (body: Buffer) => body.subarray(0, 900), problem: 'it has 900 bytes, of 1000' },
    {
      what: 'changed by one bit',
      keep: (body: Buffer) => Buffer.concat([body.subarray(0, 999), Buffer.of((body[999] ?? 0) ^ 1)]),
      problem: 'it has other bytes',
    },
  ])('$what', async ({ what, keep, problem }) => {
    await using real = s3Storage(server.endpoint);
    let isFaulty = true;
    const storage = meddled(real, {
      put: (key, body) => real.put(key, isFaulty ? keep(Buffer.from(body)) : body),
    });
    const content = randomBytes(1000);
    const upload = new FileUpload(storage, what, sourceOf(content), partBytes);
    await expect(upload.run(signal)).rejects.toThrow(
      `http://127.0.0.1:${server.port}/recordings: the object ${what} is not what was uploaded: ${problem}`,
    );
    isFaulty = false;
    expect((await upload.run(signal)).sha256).toBe(hash('sha256', content));
  });
});

test('an ETag that is no MD5 leads to reading back what is there', async () => {
  await using real = s3Storage(server.endpoint);
  let back = 0;
  const storage = meddled(real, {
    facts: async () => ({ bytes: 3 * mib, etag: 'made-of-something-else' }),
    async read(key, offset, length) {
      back += length;
      return real.read(key, offset, length);
    },
  });
  const content = randomBytes(3 * mib);
  const done = await new FileUpload(storage, 'kms', sourceOf(content), partBytes).run(signal);
  expect(done).toEqual({
    bytes: 3 * mib,
    sha256: hash('sha256', content),
    etag: 'made-of-something-else',
  });
  expect(back).toBe(3 * mib);
});

test('a file has at most 10,000 parts, none of more than 8 MiB before 78 GiB', () => {
  expect(partBytesOf(1)).toBe(8 * mib);
  expect(partBytesOf(78 * 2 ** 30)).toBe(8 * mib);
  expect(Math.ceil((5 * 2 ** 40) / partBytesOf(5 * 2 ** 40))).toBeLessThanOrEqual(10_000);
});
