import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3Server, s3Storage } from '../../support/s3-server.ts';
import { VersionedBucket } from '../../support/versioned-bucket.ts';

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const mib = 2 ** 20;

describe('an S3-compatible server', () => {
  test('keeps an object, tells its size and MD5, and gives any of its bytes', async () => {
    await using storage = s3Storage(server.endpoint);
    const body = randomBytes(300_000);
    const etag = await storage.put('a/first.flv', body);
    expect(etag).toBe(hash('md5', body));
    expect(await storage.facts('a/first.flv')).toEqual({ bytes: 300_000, etag });
    expect(await storage.read('a/first.flv', 70_000, 1000, etag)).toEqual(body.subarray(70_000, 71_000));
    expect(await storage.readWhole('a/first.flv', 300_000)).toEqual(body);
  });

  test('joins parts', async () => {
    await using storage = s3Storage(server.endpoint);
    const parts = [randomBytes(5 * mib), randomBytes(1000)];
    const upload = await storage.beginParts('a/parts.flv');
    const etags = await Promise.all(
      parts.map((part, at) => storage.putPart('a/parts.flv', upload, at + 1, part)),
    );
    await storage.completeParts('a/parts.flv', upload, etags);
    expect(await storage.facts('a/parts.flv')).toMatchObject({ bytes: 5 * mib + 1000 });
    expect(await storage.read('a/parts.flv', 5 * mib - 2, 4)).toEqual(
      Buffer.concat([parts[0]?.subarray(-2) ?? Buffer.alloc(0), parts[1]?.subarray(0, 2) ?? Buffer.alloc(0)]),
    );
  });

  test('takes any letters in keys', async () => {
    await using storage = s3Storage(server.endpoint);
    const key = "odd/a b+c%2Fd!'()*&=~ü/ß.flv";
    await storage.put(key, Buffer.from('odd'));
    expect((await storage.readWhole(key, 10)).toString()).toBe('odd');
    await storage.put('even/a b+c%2Fd!()*=~ü/ß.flv', Buffer.from('even'));
    expect((await storage.list('even/')).keys).toEqual(['even/a b+c%2Fd!()*=~ü/ß.flv']);
  });

  test('lists what begins with a prefix', async () => {
    await using storage = s3Storage(server.endpoint);
    for (const name of ['a', 'b', 'c']) await storage.put(`list/${name}`, Buffer.from(name));
    await storage.put('listing', Buffer.from('another'));
    expect(await storage.list('list/')).toEqual({ keys: ['list/a', 'list/b', 'list/c'], next: null });
    expect(await storage.list('nothing/')).toEqual({ keys: [], next: null });
  });

  test('deletes, once and again', async () => {
    await using storage = s3Storage(server.endpoint);
    await storage.put('gone', Buffer.from('soon'));
    await storage.delete('gone');
    expect(await storage.facts('gone')).toBeUndefined();
    await storage.delete('gone');
    await expect(storage.readWhole('gone', 10)).rejects.toMatchObject({
      fault: 'missing',
      message: `http://127.0.0.1:${server.port}/recordings: its answer is 404 NoSuchKey`,
    });
  });

  test('does not know of unfinished uploads, nor of an object that has changed', async () => {
    await using storage = s3Storage(server.endpoint);
    const upload = await storage.beginParts('unfinished');
    expect(await storage.unfinishedParts('unfinished')).toEqual([]);
    await storage.abandonParts('unfinished', upload);
    await storage.put('changed', Buffer.from('one'));
    await expect(storage.read('changed', 0, 3, hash('md5', 'two'))).rejects.toMatchObject({
      fault: 'answer',
      message: expect.stringMatching(/answers with another object of the same name$/),
    });
  });

  test('does not take other credentials, and is not told more about them', async () => {
    const accessKey = () => ({ id: 'S3RVER', secret: 'a-guessed-secret', sessionToken: undefined });
    await using storage = s3Storage(server.endpoint, { accessKey });
    const refusal = await storage.put('a', Buffer.from('a')).catch((error: Error) => error);
    expect(refusal).toMatchObject({
      fault: 'refused',
      message: `http://127.0.0.1:${server.port}/recordings: its answer is 403 SignatureDoesNotMatch`,
    });
    expect(JSON.stringify(refusal)).not.toContain('S3RVER');
  });

  test('has no such bucket', async () => {
    await using storage = s3Storage(server.endpoint, {}, 'another');
    await expect(storage.list('')).rejects.toMatchObject({
      fault: 'missing',
      message: `http://127.0.0.1:${server.port}/another: its answer is 404 NoSuchBucket`,
    });
  });
});

describe('a bucket that keeps versions', () => {
  test('loses all of them, and the delete markers, of the object that is deleted and of no other', async () => {
    await using bucket = await VersionedBucket.start();
    await using storage = s3Storage(bucket.endpoint);
    for (const body of ['one', 'two', 'three']) await storage.put('a/x.json', Buffer.from(body));
    for (const key of ['a/x', 'a/x.json.old']) await storage.put(key, Buffer.from('other'));
    await fetch(`${bucket.endpoint}/recordings/a/x.json`, { method: 'DELETE' }); // by somebody else
    expect(bucket.versions.filter(({ key }) => key === 'a/x.json').length).toBe(4);
    await storage.delete('a/x.json');
    expect(bucket.versions.map(({ key }) => key)).toEqual(['a/x.json.old', 'a/x']);
    await storage.delete('a/x.json');
    expect(bucket.versions.length).toBe(2);
  });

  test('keeps only the newest when the older ones are deleted', async () => {
    await using bucket = await VersionedBucket.start();
    await using storage = s3Storage(bucket.endpoint);
    for (const body of ['one', 'two', 'three']) await storage.put('x', Buffer.from(body));
    await storage.deleteOlder('x');
    expect(bucket.versions.map(({ body }) => body?.toString())).toEqual(['three']);
  });
});
