import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRecordingKey, readRecordingKey } from '../../../src/credentials/recording-key.ts';
import { FileForms } from '../../../src/recording/process/file-forms.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { BucketUploads } from '../../../src/recording/upload/bucket-uploads.ts';
import { bbbTags } from '../../support/media.ts';
import { MemoryStorage } from '../../support/memory-storage.ts';
import {
  filesBelow,
  type InnerStore,
  innerStore,
  recordedFrames,
  recordInside,
  recordingsFolder,
  storeSettings,
} from '../../support/recording-scene.ts';

const frames = recordedFrames(bbbTags());

/** A store that uploads to memory. */
class Scene {
  readonly folder: string;
  readonly storage = new MemoryStorage();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @param keyFiles - of keys that recordings are sealed by */
  open(keepLocalMs: number | null, keyFiles: readonly string[] = []): Promise<InnerStore> {
    const use = { bucket: 'films', prefix: '', keepLocalMs, maxUploadsAtOnce: 2 };
    const settings = storeSettings(this.folder, { encryption: { keyFiles: [...keyFiles] } });
    return innerStore(settings, undefined, (onFigures) => new BucketUploads(this.storage, use, onFigures));
  }

  async newKey(name: string): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, newRecordingKey(), { mode: 0o600 });
    return file;
  }

  /** Has a store go by other keys from now on. */
  rotate({ store }: InnerStore, keyFiles: readonly string[]): void {
    const settings = storeSettings(this.folder, { encryption: { keyFiles: [...keyFiles] } });
    const forms = new FileForms();
    forms.read(settings);
    store.configure(settings, forms.current);
  }

  /** What the description of a recording in the bucket says of the key that has wrapped its own. */
  keyIdOf({ id }: Recording): unknown {
    const text = this.storage.objects.get(`live/cam1/${id}.json`)?.toString() ?? '{}';
    return (JSON.parse(text) as { form?: { keyId?: unknown } }).form?.keyId;
  }
}

async function isOver(scene: InnerStore, storage: MemoryStorage): Promise<void> {
  await scene.uploads(({ waiting }) => waiting === 0);
  expect(await scene.store.list({ limit: 10 })).toEqual({ items: [], next: null });
  expect([...storage.objects.keys()]).toEqual([]);
}

test('a recording that is deleted while its description is uploaded is gone, here and there', async () => {
  await using folder = await recordingsFolder();
  const scene = new Scene(folder.path);
  const { storage } = scene;
  await using inner = await scene.open(0);
  const held = storage.hold('put', '.json');
  const recording = await recordInside(inner.store, frames);
  const release = await held;
  const deleted = inner.store.delete(recording.key, 'test');
  release();
  expect(await deleted).toBe(true);
  await isOver(inner, storage);
  expect(await filesBelow(folder.path)).toEqual([]);
  expect(inner.told).toEqual([]); // nothing is tried again
});

test('a recording that is deleted while a search reads its description does not come back', async () => {
  await using folder = await recordingsFolder();
  const scene = new Scene(folder.path);
  const { storage } = scene;
  const listing = storage.hold('list', '');
  {
    await using inner = await scene.open(null);
    const releaseList = await listing;
    const recording = await recordInside(inner.store, frames);
    await inner.upload('uploaded');
    const reading = storage.hold('readWhole', '.json');
    releaseList();
    const release = await reading;
    expect(await inner.store.delete(recording.key, 'test')).toBe(true);
    release();
  } // whoever closes a store waits for the search
  expect([...storage.objects.keys()]).toEqual([]);
  expect(await filesBelow(folder.path)).toEqual([]);
});

test('a recording is deleted once, by whoever comes first', async () => {
  await using folder = await recordingsFolder();
  const scene = new Scene(folder.path);
  const { storage } = scene;
  await using inner = await scene.open(null);
  const recording = await recordInside(inner.store, frames);
  await inner.upload('uploaded');
  const held = storage.hold('delete', '.json');
  const first = inner.store.delete(recording.key, 'ann');
  const release = await held;
  expect(await inner.store.delete(recording.key, 'bob')).toBe(false);
  release();
  expect(await first).toBe(true);
  await isOver(inner, storage);
  expect(inner.acts.filter(({ did }) => did === 'deleted').map(({ by }) => by)).toEqual(['ann']);
});

test('a recording whose key is to be wrapped again while it is deleted is uploaded no more', async () => {
  await using folder = await recordingsFolder();
  const scene = new Scene(folder.path);
  const { storage } = scene;
  const [old, fresh] = [await scene.newKey('old.key'), await scene.newKey('fresh.key')];
  await using inner = await scene.open(null, [old]);
  const recording = await recordInside(inner.store, frames);
  const stays = await recordInside(inner.store, frames);
  await inner.uploads(({ done }) => done === 2);
  const held = storage.hold('delete', '.json');
  const deleted = inner.store.delete(recording.key, 'test');
  const release = await held;
  scene.rotate(inner, [fresh, old]);
  await inner.uploads(({ done, waiting }) => done === 3 && waiting === 0);
  release();
  expect(await deleted).toBe(true);
  expect([...storage.objects.keys()].sort()).toEqual(
    ['flv.sealed', 'json'].map((end) => `live/cam1/${stays.id}.${end}`),
  );
  expect(scene.keyIdOf(stays)).toBe(readRecordingKey(fresh).id);
});

test('a file that leaves the folder while its description is uploaded again has left it for the description, too', async () => {
  await using folder = await recordingsFolder();
  const scene = new Scene(folder.path);
  const { storage } = scene;
  const [old, fresh] = [await scene.newKey('old.key'), await scene.newKey('fresh.key')];
  await using inner = await scene.open(0, [old]);
  const leaves = storage.hold('facts', '.sealed'); // looks at what it has uploaded
  const recording = await recordInside(inner.store, frames);
  const leavesAgain = leaves.then((release) => {
    const held = storage.hold('facts', '.sealed'); // looks whether it is there, before the file goes
    release();
    return held;
  });
  const release = await leavesAgain;
  const again = storage.hold('put', '.json');
  scene.rotate(inner, [fresh, old]);
  const releaseDescription = await again;
  release();
  await expect
    .poll(async () => (await filesBelow(folder.path)).filter((name) => name.endsWith('.sealed')), {
      timeout: 4000,
    })
    .toEqual([]);
  releaseDescription();
  await inner.uploads(({ done, waiting }) => done === 2 && waiting === 0);
  expect(scene.keyIdOf(recording)).toBe(readRecordingKey(fresh).id);
  const text = await readFile(join(folder.path, 'live/cam1', `${recording.id}.json`), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ upload: { isLocal: false } });
  expect((await inner.store.read(recording.key, 0, 3)).toString()).toBe('FLV');
});
