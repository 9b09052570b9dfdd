import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRecordingKey, readRecordingKey } from '../../../src/credentials/recording-key.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import type {
  RecordingStoreSettings,
  RecordingUploadSettings,
} from '../../../src/recording/store/store-settings.ts';
import { freePort } from '../../support/free-port.ts';
import { bbbTags } from '../../support/media.ts';
import {
  filesBelow,
  innerStore,
  recordedFrames,
  recordInside,
  recordingsFolder,
  storeSettings,
} from '../../support/recording-scene.ts';
import { S3Server, s3Storage } from '../../support/s3-server.ts';
import { VersionedBucket } from '../../support/versioned-bucket.ts';

let server: S3Server;
let keys: Awaited<ReturnType<typeof recordingsFolder>>;
beforeAll(async () => {
  server = await S3Server.start();
  keys = await recordingsFolder();
  await writeFile(join(keys.path, 's3.key'), 'S3RVER\nS3RVER\n');
  await writeFile(join(keys.path, 'wrong.key'), 'S3RVER\na-secret-of-nobody\n');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});

const slowly = { timeout: 4000, interval: 20 };

const frames = recordedFrames(bbbTags());

function uploadTo(
  endpoint: string,
  prefix: string,
  changes: Partial<RecordingUploadSettings> = {},
): RecordingUploadSettings {
  return {
    endpoint,
    region: 'us-east-1',
    bucket: 'recordings',
    prefix,
    credentialsFile: join(keys.path, 's3.key'),
    forcePathStyle: true,
    keepLocalMs: null,
    maxUploadsAtOnce: 2,
    maxBytesPerSecond: null,
    proxy: { url: null, bypass: [] },
    ...changes,
  };
}

function settingsFor(
  folder: { readonly path: string },
  upload?: RecordingUploadSettings,
): RecordingStoreSettings {
  return storeSettings(folder.path, upload === undefined ? {} : { upload });
}

function namesOf(prefix: string, { id }: Recording): string[] {
  return ['flv', 'json'].map((end) => `${prefix}live/cam1/${id}.${end}`);
}

test.concurrent('a recording is uploaded when it is whole, with its description behind it', async () => {
  await using folder = await recordingsFolder();
  await using storage = s3Storage(server.endpoint);
  await using scene = await innerStore(settingsFor(folder, uploadTo(server.endpoint, 'first/')));
  const { store } = scene;
  const recording = await recordInside(store, frames);
  await scene.uploads(({ done }) => done === 1);
  expect(await store.describe(recording.key)).toEqual({ ...recording, isUploaded: true });
  const [file = '', description = ''] = namesOf('first/', recording);
  expect((await storage.list('first/')).keys).toEqual([file, description]);
  const local = await readFile(join(folder.path, file.slice('first/'.length)));
  expect(await storage.readWhole(file, local.length)).toEqual(local);
  const told = JSON.parse((await storage.readWhole(description, 65_536)).toString());
  expect(told).toMatchObject({
    recording: { key: recording.key, isUploaded: true },
    upload: {
      place: 'recordings/first/',
      bytes: local.length,
      sha256: createHash('sha256').update(local).digest('hex'),
    },
  });
});

test.concurrent('what is uploaded is told once, and what cannot be is, too', async () => {
  await using folder = await recordingsFolder();
  const recordings: Recording[] = [];
  {
    await using scene = await innerStore(settingsFor(folder));
    for (let count = 0; count < 2; count++) recordings.push(await recordInside(scene.store, frames));
  }
  const [there, lost] = recordings as [Recording, Recording];
  await rm(join(folder.path, 'live/cam1', `${lost.id}.flv`));
  await using scene = await innerStore(settingsFor(folder, uploadTo(server.endpoint, 'told/')));
  await scene.uploads(({ done, failed }) => done === 1 && failed >= 2);
  expect(scene.uploadNews.toSorted((a, b) => (a.what < b.what ? -1 : 1))).toEqual([
    { what: 'failed', recording: lost, why: expect.stringContaining('ENOENT') },
    { what: 'uploaded', recording: { ...there, isUploaded: true } },
  ]);
});

test.concurrent('what was not uploaded before the store has ended is uploaded by the next one, and once', async () => {
  await using folder = await recordingsFolder();
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const recordings: Recording[] = [];
  {
    await using scene = await innerStore(settingsFor(folder, uploadTo(endpoint, 'again/')));
    for (let count = 0; count < 3; count++) recordings.push(await recordInside(scene.store, frames));
    expect(await scene.upload('down')).toEqual({
      what: 'down',
      why: expect.stringContaining(`recordings wait, and are not uploaded: ${endpoint}/recordings: `),
    });
    await scene.uploads(({ waiting, failed }) => waiting === 3 && failed > 0);
  }
  {
    await using scene = await innerStore(settingsFor(folder, uploadTo(server.endpoint, 'again/')));
    await scene.uploads(({ waiting, done }) => waiting === 0 && done === 3);
  }
  await using storage = s3Storage(server.endpoint);
  expect([...(await storage.list('again/')).keys].sort()).toEqual(
    recordings.flatMap((recording) => namesOf('again/', recording)).sort(),
  );
  await using scene = await innerStore(settingsFor(folder, uploadTo(server.endpoint, 'again/')));
  const { items } = await scene.store.list({ limit: 10 });
  expect(items.map(({ isUploaded }) => isUploaded)).toEqual([true, true, true]);
});

test.concurrent('a recording whose file has left the folder is read from the storage, seeks with it, and goes from there when it is deleted', async () => {
  await using folder = await recordingsFolder();
  await using storage = s3Storage(server.endpoint);
  const upload = uploadTo(server.endpoint, 'leaves/', { keepLocalMs: 0 });
  const fileOf = ({ id }: Recording) => join(folder.path, 'live/cam1', `${id}.flv`);
  await using scene = await innerStore(settingsFor(folder, upload));
  const { store } = scene;
  const recording = await recordInside(store, frames);
  const before = await store.read(recording.key, 0, recording.bytes);
  await scene.uploads(({ done }) => done === 1);
  await expect.poll(() => readFile(fileOf(recording)).catch(({ code }) => code), slowly).toBe('ENOENT');
  expect(await filesBelow(folder.path)).toEqual([`live/cam1/${recording.id}.json`]);
  expect(await store.describe(recording.key)).toEqual({ ...recording, isUploaded: true });
  expect(await store.read(recording.key, 0, recording.bytes)).toEqual(before);
  const { offsets } = await store.index(recording.key);
  const [, second = 0] = offsets;
  expect(await store.read(recording.key, second, 500)).toEqual(before.subarray(second, second + 500));
  expect(await store.read(recording.key, recording.bytes - 10, 100)).toEqual(before.subarray(-10));

  await storage.put(`leaves/live/cam1/${recording.id}.flv`, Buffer.alloc(recording.bytes));
  await expect(store.read(recording.key, 0, 10)).rejects.toMatchObject({ code: 'damaged' });
  expect(await store.delete(recording.key, 'test')).toBe(true);
  expect((await storage.list('leaves/')).keys).toEqual([]);
  expect(await filesBelow(folder.path)).toEqual([]);
});

test.concurrent('a relay with an empty folder finds what is in the bucket, and leaves out what is none of it', async () => {
  await using first = await recordingsFolder();
  await using second = await recordingsFolder();
  await using storage = s3Storage(server.endpoint);
  const upload = uploadTo(server.endpoint, 'found/');
  let recording: Recording;
  {
    await using scene = await innerStore(settingsFor(first, upload));
    recording = await recordInside(scene.store, frames);
    await scene.uploads(({ done }) => done === 1);
  }
  const [file = '', description = ''] = namesOf('found/', recording);
  const text = await storage.readWhole(description, 65_536);
  await storage.put('found/live/cam2/elsewhere.json', text);
  await storage.put('found/live/cam1/nonsense.json', Buffer.from('{}'));
  await storage.put('found/live/cam1/flood.json', Buffer.alloc(2 ** 20 + 1));
  await using scene = await innerStore(settingsFor(second, upload));
  await scene.line(/recordings found in the storage alone: 1$/);
  expect(scene.told.filter((line) => line.includes('is left out')).sort()).toEqual([
    expect.stringContaining('found/live/cam1/flood.json is left out'),
    'found/live/cam1/nonsense.json is left out: it is no description of a recording',
    'found/live/cam2/elsewhere.json is left out: it is the description of another recording',
  ]);
  expect(await scene.store.list({ limit: 10 })).toEqual({
    items: [{ ...recording, isUploaded: true }],
    next: null,
  });
  const local = await readFile(join(first.path, file.slice('found/'.length)));
  expect(await scene.store.read(recording.key, 0, local.length)).toEqual(local);
});

test.concurrent('every version of both objects is deleted, also when the storage was down meanwhile, and after a restart', async () => {
  await using folder = await recordingsFolder();
  const bucket = await VersionedBucket.start();
  const { endpoint } = bucket;
  let recording: Recording;
  {
    await using scene = await innerStore(settingsFor(folder, uploadTo(endpoint, '')));
    recording = await recordInside(scene.store, frames);
    await scene.uploads(({ done }) => done === 1);
    for (const name of namesOf('', recording))
      await fetch(`${endpoint}/recordings/${name}`, { method: 'PUT', body: 'a newer version' });
    expect(bucket.versions.length).toBe(4);
    await bucket[Symbol.asyncDispose]();
    expect(await scene.store.delete(recording.key, 'test')).toBe(true);
    await scene.line(/^what is deleted is in the storage still, and deleted later: http/);
    expect(await scene.store.list({ limit: 10 })).toEqual({ items: [], next: null });
    expect(await filesBelow(folder.path)).toEqual([expect.stringMatching(/^\.deleting\/[0-9a-f]{64}$/)]);
  }
  await bucket.restart();
  await using _bucket = bucket;
  await using _scene = await innerStore(settingsFor(folder, uploadTo(endpoint, '')));
  await expect.poll(() => bucket.versions, slowly).toEqual([]);
  await expect.poll(() => filesBelow(folder.path), slowly).toEqual([]);
});

test.concurrent('a sealed recording is read from the storage, and its former key leaves it when keys rotate', async () => {
  await using folder = await recordingsFolder();
  await using bucket = await VersionedBucket.start();
  const { endpoint } = bucket;
  const [old = '', fresh = ''] = ['old.key', 'fresh.key'].map((name) => join(keys.path, name));
  for (const file of [old, fresh]) await writeFile(file, newRecordingKey(), { mode: 0o600 });
  const sealedBy = (...keyFiles: string[]): RecordingStoreSettings => ({
    ...settingsFor(folder, uploadTo(endpoint, '', { keepLocalMs: 0 })),
    encryption: { keyFiles },
  });
  const keysOf = () =>
    bucket.versions
      .filter(({ key }) => key.endsWith('.json'))
      .map(({ body }) => JSON.parse(`${body}`).form.keyId);
  let recording: Recording;
  {
    await using scene = await innerStore(sealedBy(old));
    recording = await recordInside(scene.store, frames);
    await scene.uploads(({ done }) => done === 1);
    const path = join(folder.path, 'live/cam1', `${recording.id}.flv.sealed`);
    await expect.poll(() => readFile(path).catch(({ code }) => code), slowly).toBe('ENOENT');
    const piece = await scene.store.read(recording.key, 0, recording.bytes);
    expect([piece.length, piece.subarray(0, 3).toString()]).toEqual([recording.bytes, 'FLV']);
    for (const { body } of bucket.versions) expect(body?.includes('onMetaData')).toBe(false);
  }
  expect(keysOf()).toEqual([readRecordingKey(old).id]);
  {
    await using scene = await innerStore(sealedBy(fresh, old));
    await scene.uploads(({ done }) => done === 1);
    expect(keysOf()).toEqual([readRecordingKey(fresh).id]);
  }
  await using scene = await innerStore(sealedBy(fresh));
  expect((await scene.store.read(recording.key, 0, 3)).toString()).toBe('FLV');
});

test.concurrent('wrong credentials are told once, without them, and the recording stays where it is', async () => {
  await using folder = await recordingsFolder();
  const upload = uploadTo(server.endpoint, 'refused/', {
    credentialsFile: join(keys.path, 'wrong.key'),
    keepLocalMs: 0,
  });
  await using scene = await innerStore(settingsFor(folder, upload));
  const recording = await recordInside(scene.store, frames);
  await scene.uploads(({ failed }) => failed >= 2);
  const why = `recordings wait, and are not uploaded: ${server.endpoint}/recordings: its answer is 403 SignatureDoesNotMatch`;
  expect(scene.uploadNews).toEqual([{ what: 'down', why }]);
  expect(scene.told.join('\n')).not.toMatch(/S3RVER|secret-of-nobody/);
  expect((await scene.store.read(recording.key, 0, 3)).toString()).toBe('FLV');
});

test.concurrent('without uploads, what is in a bucket alone is listed, and neither read nor deleted', async () => {
  await using folder = await recordingsFolder();
  const upload = uploadTo(server.endpoint, 'without/');
  let recording: Recording;
  {
    await using scene = await innerStore(settingsFor(folder, upload));
    recording = await recordInside(scene.store, frames);
    await scene.uploads(({ done }) => done === 1);
  }
  await rm(join(folder.path, 'live/cam1', `${recording.id}.flv`));
  const unavailable = { code: 'unavailable' };
  {
    await using scene = await innerStore(settingsFor(folder));
    expect((await scene.store.list({ limit: 1 })).items).toEqual([{ ...recording, isUploaded: true }]);
    await expect(scene.store.read(recording.key, 0, 10)).rejects.toMatchObject(unavailable);
    await expect(scene.store.delete(recording.key, 'test')).rejects.toMatchObject(unavailable);
  }
  await using scene = await innerStore(settingsFor(folder, { ...upload, prefix: 'another/' }));
  await expect(scene.store.delete(recording.key, 'test')).rejects.toMatchObject({
    ...unavailable,
    message: `${recording.key} is in recordings/without/, and uploads go to recordings/another/`,
  });
});
