import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FlvTagType } from '../../../src/protocol/flv/flv-tag.ts';
import { SocketLink } from '../../../src/recording/link/socket-link.ts';
import type { UploadNews } from '../../../src/recording/link/store-link.ts';
import { startStore } from '../../../src/recording/process/start-store.ts';
import type { StoreUsage } from '../../../src/recording/process/store-messages.ts';
import type { RecordingUploadSettings } from '../../../src/recording/store/store-settings.ts';
import { freePort } from '../../support/free-port.ts';
import { bbbTags, flvTags } from '../../support/media.ts';
import {
  filesBelow,
  recordAll,
  recordedFrames,
  recordingsFolder,
  storeScene,
  storeSettings,
} from '../../support/recording-scene.ts';

test('a store records, lists, reads and deletes what it is handed over its socket', async () => {
  await using folder = await recordingsFolder();
  await using scene = await storeScene(storeSettings(folder.path));
  const { link } = scene;
  const tags = bbbTags();
  const wrapping = 2 ** 32 - 5000;
  const recording = await recordAll(link, recordedFrames(tags, wrapping));
  expect(recording).toMatchObject({ stream: 'live/cam1', state: 'finished', part: 1, hasVideo: true });
  expect(recording.key).toBe(`recordings/live/cam1/${recording.id}`);
  expect(await link.describe(recording.key)).toEqual(recording);
  expect(await link.list({ limit: 10 })).toEqual({ items: [recording], next: null });

  const files = await filesBelow(folder.path);
  expect(files).toEqual(['flv', 'json'].map((end) => `live/cam1/${recording.id}.${end}`));
  for (const file of files) expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600);
  for (const name of ['live', 'live/cam1'])
    expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o700);

  const file = readFileSync(join(folder.path, 'live/cam1', `${recording.id}.flv`));
  expect(file.length).toBe(recording.bytes);
  const [metadata, ...recorded] = flvTags(file);
  expect(metadata?.type).toBe(FlvTagType.script);
  const first = tags.find(({ payload }) => payload[1] !== 0)?.timestamp ?? 0;
  expect(recorded.map(({ type, payload }) => [type, payload])).toEqual(
    tags.map(({ type, payload }) => [type, payload]),
  );
  expect(recorded.at(-1)?.timestamp).toBe((tags.at(-1)?.timestamp ?? 0) - first);

  const { headBytes, timesMs, offsets } = await link.index(recording.key);
  expect(offsets[0]).toBe(headBytes);
  expect(timesMs.length).toBeGreaterThan(1);
  for (const offset of offsets.slice(1)) {
    const piece = await link.read(recording.key, offset, 12);
    expect([piece[0], (piece[11] ?? 0) >> 4]).toEqual([FlvTagType.video, 1]);
  }
  expect(await link.read(recording.key, file.length - 10, 100)).toEqual(file.subarray(-10));

  expect(await link.delete(recording.key, 'test')).toBe(true);
  expect(await link.delete(recording.key, 'test')).toBe(false);
  expect(await filesBelow(folder.path)).toEqual([]);
  await expect(link.read(recording.key, 0, 10)).rejects.toMatchObject({ code: 'not-found' });
});

test('a thread that comes later hears that recordings are not uploaded; the process says what it takes', async () => {
  await using folder = await recordingsFolder();
  const credentialsFile = join(folder.path, 's3.key');
  writeFileSync(credentialsFile, 'S3RVER\nS3RVER\n', { mode: 0o600 });
  const upload: RecordingUploadSettings = {
    ...{ endpoint: `http://127.0.0.1:${await freePort()}`, region: 'here', bucket: 'films', prefix: '' },
    ...{ credentialsFile, forcePathStyle: true, keepLocalMs: null, maxUploadsAtOnce: 1 },
    ...{ maxBytesPerSecond: null, proxy: { url: null, bypass: [] } },
  };
  const { promise: usage, resolve: onUsage } = Promise.withResolvers<StoreUsage>();
  const settings = storeSettings(join(folder.path, 'films'), { upload });
  const store = await startStore(settings, { onTold: () => {}, onUsage, onExit: () => {} });
  await store.ready;
  const first = Promise.withResolvers<UploadNews>();
  const second = Promise.withResolvers<UploadNews>();
  const link = new SocketLink(store.socketPath, { onState: () => {}, onUpload: first.resolve });
  await recordAll(link, recordedFrames(bbbTags()));
  const down = { what: 'down', why: expect.stringMatching(/^recordings wait, and are not uploaded: http/) };
  expect(await first.promise).toEqual(down);
  const late = new SocketLink(store.socketPath, { onState: () => {}, onUpload: second.resolve });
  expect(await second.promise).toEqual(down);
  const { cpuSeconds, residentBytes } = await usage;
  expect(cpuSeconds).toBeGreaterThan(0);
  expect(residentBytes).toBeGreaterThan(10 * 2 ** 20);
  for (const each of [link, late]) each.close();
  await store.stop();
});
