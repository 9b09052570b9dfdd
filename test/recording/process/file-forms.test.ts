import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newRecordingKey, readRecordingKey } from '../../../src/credentials/recording-key.ts';
import type { SocketLink } from '../../../src/recording/link/socket-link.ts';
import { FileForms } from '../../../src/recording/process/file-forms.ts';
import type { Recording } from '../../../src/recording/recording.ts';
import { bbbTags, flvTags } from '../../support/media.ts';
import {
  beginRecording,
  filesBelow,
  recordAll,
  recordedFrames,
  recordingsFolder,
  storeScene,
  storeSettings,
} from '../../support/recording-scene.ts';

const frames = recordedFrames(bbbTags());

/** Key files beside a folder for recordings. */
async function keyedFolder() {
  const folder = await recordingsFolder();
  const films = join(folder.path, 'films');
  const keyFile = (name: string): string => {
    const file = join(folder.path, name);
    writeFileSync(file, `${newRecordingKey()}\n`, { mode: 0o600 });
    return file;
  };
  const [first, second] = [keyFile('first.key'), keyFile('second.key')];
  const settings = (...keyFiles: string[]) => storeSettings(films, { encryption: { keyFiles } });
  const place = ({ id }: Recording) => join(films, 'live/cam1', id);
  const audit = () =>
    readFileSync(join(films, 'audit.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const description = (recording: Recording) => JSON.parse(readFileSync(`${place(recording)}.json`, 'utf8'));
  return { ...folder, films, first, second, settings, place, audit, description };
}

async function readAll(link: SocketLink, { key, bytes }: Recording): Promise<Buffer> {
  return await link.read(key, 0, bytes);
}

test('a sealed recording is read as the plain one, and neither FLV nor payloads can be found on the disk', async () => {
  await using folder = await keyedFolder();
  await using scene = await storeScene(folder.settings(folder.first));
  const sealed = await recordAll(scene.link, frames);
  expect(sealed).toMatchObject({ isSealed: true, state: 'finished' });
  const plain = await readAll(scene.link, sealed);
  expect(plain).toHaveLength(sealed.bytes);
  expect(
    flvTags(plain)
      .slice(1)
      .map(({ payload }) => payload),
  ).toEqual(bbbTags().map(({ payload }) => payload));

  const file = `${folder.place(sealed)}.flv.sealed`;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(file);
  for (const { payload } of bbbTags().filter(({ payload }) => payload.length > 12))
    expect(bytes.includes(payload.subarray(0, 12))).toBe(false);
  for (const text of ['FLV', 'onMetaData', 'keyframes']) expect(bytes.includes(text)).toBe(false);

  const { headBytes, offsets } = await scene.link.index(sealed.key);
  expect(offsets[0]).toBe(headBytes);
  expect(await scene.link.read(sealed.key, headBytes + 5, 100)).toEqual(
    plain.subarray(headBytes + 5, headBytes + 105),
  );
});

test('a changed byte is told with its chunk, and nothing of that chunk is given', async () => {
  await using folder = await keyedFolder();
  let recording: Recording;
  {
    await using scene = await storeScene(folder.settings(folder.first));
    recording = await recordAll(scene.link, frames);
  }
  const file = `${folder.place(recording)}.flv.sealed`;
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
  await using scene = await storeScene(folder.settings(folder.first));
  await expect(readAll(scene.link, recording)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringMatching(
      new RegExp(`^${recording.key}: chunk \\d+ is not the one that was recorded$`),
    ),
  });
  expect((await scene.link.read(recording.key, 0, 100)).subarray(0, 3).toString()).toBe('FLV');
});

test('what a description says of a sealed recording is not believed when its file says something else', async () => {
  await using folder = await keyedFolder();
  await using scene = await storeScene(folder.settings(folder.first));
  const { link } = scene;
  const recording = await recordAll(link, frames);
  const path = `${folder.place(recording)}.json`;
  const good = readFileSync(path, 'utf8');
  const description = JSON.parse(good);
  const changed = [
    { recording: { durationMs: 5 } },
    { recording: { bytes: 5 } },
    { recording: { state: 'recovered' } },
    { recording: { startedAt: '2020-01-01T00:00:00.000Z' } },
    { headBytes: description.headBytes + 1 },
    { places: { ...description.places, headerOffsets: [5] } },
  ];
  for (const change of changed) {
    const said = { ...description, ...change, recording: { ...description.recording, ...change.recording } };
    writeFileSync(path, JSON.stringify(said));
    await expect(link.read(recording.key, 0, 10)).rejects.toMatchObject({
      code: 'damaged',
      message: `${recording.key}: its description is not the one that was written`,
    });
  }
  writeFileSync(path, good);
  expect((await link.read(recording.key, 0, 3)).toString()).toBe('FLV');
});

test('after a rotation recordings need the new key alone, and one that is missing is named', async () => {
  await using folder = await keyedFolder();
  const { first, second } = folder;
  const idOf = (file: string): string => readRecordingKey(file).id;
  let old: Recording;
  {
    await using scene = await storeScene(folder.settings(first));
    old = await recordAll(scene.link, frames);
    scene.store.configure(folder.settings(second, first));
    await expect
      .poll(() => scene.told)
      .toEqual(['the keys of 1 recordings were wrapped again by the first key']);
    expect(folder.description(old).form.keyId).toBe(idOf(second));
    const next = await recordAll(scene.link, frames);
    expect(folder.description(next).form.keyId).toBe(idOf(second));
    rmSync(first);
    scene.store.configure(folder.settings(second, first));
    await expect
      .poll(() => scene.told.at(-1))
      .toBe(`the keys of recordings stay as they are: ${first} cannot be read: no such file or directory`);
    scene.store.configure(folder.settings(second));
    expect(await readAll(scene.link, old)).toHaveLength(old.bytes);
  }
  writeFileSync(first, `${newRecordingKey()}\n`, { mode: 0o600 });
  await using scene = await storeScene(folder.settings(first));
  const sentence = `needs the key ${idOf(second)}, which no file of recordings.encryption.keyFiles holds`;
  await expect(readAll(scene.link, old)).rejects.toMatchObject({
    code: 'unavailable',
    message: `${old.key} ${sentence}`,
  });
  expect(scene.told).toEqual([
    expect.stringMatching(new RegExp(`^the keys of 2 recordings cannot be had: .* ${sentence}$`)),
  ]);
  expect((await scene.link.list({ limit: 10 })).items).toHaveLength(2);
});

test('without keys what is sealed cannot be read, and what is plain can', async () => {
  await using folder = await keyedFolder();
  await using scene = await storeScene(folder.settings(folder.first));
  const sealed = await recordAll(scene.link, frames);
  scene.store.configure(folder.settings());
  await expect.poll(() => scene.told).toHaveLength(1);
  const plain = await recordAll(scene.link, frames);
  expect(plain.isSealed).toBe(false);
  expect((await scene.link.read(plain.key, 0, 3)).toString()).toBe('FLV');
  await expect(scene.link.read(sealed.key, 0, 3)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a store does not begin without its keys', () => {
  const keyFiles = ['/nowhere/key'];
  expect(() => new FileForms().read({ encryption: { keyFiles } })).toThrow(
    '/nowhere/key cannot be read: no such file or directory',
  );
});

test('a sealed recording whose store was killed is finished by the next one', async () => {
  await using folder = await keyedFolder();
  let key: string;
  {
    await using scene = await storeScene(folder.settings(folder.first));
    const { writer, begun } = beginRecording(scene.link);
    for (const frame of frames) writer.write(frame);
    ({ key } = await begun);
    const file = `${join(folder.films, ...key.split('/').slice(1))}.flv.sealed.part`;
    const size = (): number => statSync(file).size;
    const media = frames.reduce((sum, { payload }) => sum + payload.length, 0);
    await expect.poll(size).toBeGreaterThan(media);
    scene.store.kill();
  }
  await using scene = await storeScene(folder.settings(folder.first));
  const recovered = await scene.link.describe(key);
  expect(recovered).toMatchObject({ state: 'recovered', isSealed: true });
  const tags = flvTags(await readAll(scene.link, recovered as Recording)).slice(1);
  expect(tags.map(({ payload }) => payload)).toEqual(bbbTags().map(({ payload }) => payload));
});

test('who has recorded, played and deleted stands in the audit log; a deletion that was interrupted goes on', async () => {
  await using folder = await keyedFolder();
  let kept: Recording;
  {
    await using scene = await storeScene(folder.settings(folder.first));
    const recording = await recordAll(scene.link, frames, { by: 'publisher:alice@192.0.2.1' });
    kept = await recordAll(scene.link, frames);
    scene.link.note({ did: 'play', key: recording.key, by: 'player:bob@192.0.2.2', outcome: 'begun' });
    expect(await scene.link.delete(recording.key, 'api:carol')).toBe(true);
    await expect.poll(folder.audit).toHaveLength(6);
    const { key } = recording;
    expect(folder.audit().filter((line) => line.key === key)).toMatchObject([
      { did: 'recorded', by: 'publisher:alice@192.0.2.1', outcome: 'begun' },
      { did: 'recorded', by: 'publisher:alice@192.0.2.1', outcome: 'done' },
      { did: 'played', by: 'player:bob@192.0.2.2', outcome: 'begun' },
      { did: 'deleted', by: 'api:carol', outcome: 'deleted' },
    ]);
    expect(readdirSync(join(folder.films, 'live/cam1')).sort()).toEqual(
      ['flv.sealed', 'json'].map((end) => `${kept.id}.${end}`),
    );
    const hindrance = `${folder.place(kept)}.asf`;
    mkdirSync(hindrance);
    await expect(scene.link.delete(kept.key, 'api:carol')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(scene.link.read(kept.key, 0, 10)).rejects.toMatchObject({ code: 'unavailable' });
    expect(readFileSync(`${folder.place(kept)}.deleted`, 'latin1')).not.toContain('keyId');
    renameSync(hindrance, join(folder.films, 'elsewhere'));
  }
  await using scene = await storeScene(folder.settings(folder.first));
  expect((await scene.link.list({ limit: 10 })).items).toEqual([]);
  expect(await filesBelow(folder.films)).toEqual([]);
});
