import { expect, test } from 'vitest';
import { uploadSettings } from '../../../src/config/recordings/upload-settings.ts';

const enough = { endpoint: 'https://s3.example', bucket: 'recordings', credentialsFile: '/etc/s3.key' };

test('nothing is uploaded without an endpoint', () => {
  expect(uploadSettings.parse(null)).toBeNull();
  expect(uploadSettings.parse(undefined)).toBeNull();
  expect(uploadSettings.parse({ bucket: 'recordings' })).toBeNull();
});

test('endpoint, bucket and an access key are enough', () => {
  expect(uploadSettings.parse(enough)).toEqual({
    ...enough,
    region: 'us-east-1',
    prefix: '',
    forcePathStyle: true,
    keepLocalMs: null,
    maxUploadsAtOnce: 2,
    maxBytesPerSecond: null,
  });
});

test('an endpoint needs a bucket and an access key', () => {
  const { error } = uploadSettings.safeParse({ endpoint: enough.endpoint });
  expect(error?.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    'bucket: expected the name of a bucket, because there is an endpoint',
    'credentialsFile: expected the file of an access key, because there is an endpoint',
  ]);
});

test.each([
  { endpoint: 'http://127.0.0.1:9000' },
  { endpoint: 'https://[2001:db8::1]/' },
  { bucket: 'my.bucket-1' },
  { prefix: 'relay-1/2026/' },
  { keepLocalMs: 0 },
])('%j is taken', (setting) => {
  expect(uploadSettings.parse({ ...enough, ...setting })).toMatchObject(setting);
});

test.each([
  { endpoint: 'ftp://s3.example' },
  { endpoint: 'https://s3.example/path' },
  { endpoint: 'https://id:secret@s3.example' },
  { endpoint: 'https://s3.example?x' },
  { bucket: 'a/b' },
  { bucket: '..' },
  { bucket: 'Upper' },
  { prefix: '/a/' },
  { prefix: 'a' },
  { prefix: '../' },
  { prefix: 'a//b/' },
  { region: 'eu west' },
  { maxUploadsAtOnce: 9 },
  { maxBytesPerSecond: 1 },
])('%j is not', (setting) => {
  expect(uploadSettings.safeParse({ ...enough, ...setting }).success).toBe(false);
});
