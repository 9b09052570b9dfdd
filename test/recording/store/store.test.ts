import { mkdir, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { flvTagBytes } from '../../../src/protocol/flv/flv-tag.ts';
import { plainForm } from '../../../src/recording/file/plain-form.ts';
import { encodeFlvHead } from '../../../src/recording/format/flv-head.ts';
import { parseDescription } from '../../../src/recording/store/description.ts';
import { type ProcessMark, processMark } from '../../../src/recording/store/process-mark.ts';
import { StoreFolder } from '../../../src/recording/store/store-folder.ts';
import { bbbTags, flvTags } from '../../support/media.ts';
import {
  filesBelow,
  innerStore,
  recordedFrames,
  recordInside,
  recordingsFolder,
  storeSettings,
} from '../../support/recording-scene.ts';

const frames = recordedFrames(bbbTags());

test('recordings of streams are listed in pages, those of one stream alone as well', async () => {
  await using folder = await recordingsFolder();
  await using inner = await innerStore(storeSettings(folder.path));
  const { store } = inner;
  const streams = ['live/a', 'live/b', 'live/a', 'live/a/b', 'live/a'];
  for (const stream of streams) await recordInside(store, frames.slice(0, 20), { stream });
  const all = await store.list({ limit: 10 });
  expect(all.items.map(({ stream }) => stream).sort()).toEqual([...streams].sort());
  expect(all.items.map(({ key }) => key)).toEqual(all.items.map(({ key }) => key).sort());
  const first = await store.list({ limit: 2, stream: 'live/a' });
  const rest = await store.list({ limit: 2, stream: 'live/a', after: first.next ?? '' });
  expect([first.items.length, rest.items.length, rest.next]).toEqual([2, 1, null]);
  for (const { stream } of [...first.items, ...rest.items]) expect(stream).toBe('live/a');
});

test('parts of a run count on, and a new run begins with one', async () => {
  await using folder = await recordingsFolder();
  await using inner = await innerStore(storeSettings(folder.path));
  const some = frames.slice(0, 20);
  const first = await recordInside(inner.store, some);
  const second = await recordInside(inner.store, some, { run: first.run });
  const third = await recordInside(inner.store, some, { run: 'latest' });
  const other = await recordInside(inner.store, some, { run: 'new' });
  const begun = await recordInside(inner.store, some, { run: 'latest', stream: 'live/new' });
  expect([first, second, third, other, begun].map(({ part }) => part)).toEqual([1, 2, 3, 1, 1]);
  expect([second.run, third.run]).toEqual([first.run, first.run]);
  expect(other.run).not.toBe(first.run);
});

test('a store that has just started goes on behind the latest part of a stream, and of a run that it does not know yet', async () => {
  await using folder = await recordingsFolder();
  const some = frames.slice(0, 20);
  const first = await (async () => {
    await using inner = await innerStore(storeSettings(folder.path));
    return recordInside(inner.store, some);
  })();
  await using inner = await innerStore(storeSettings(folder.path));
  const [latest, seventh] = await Promise.all([
    recordInside(inner.store, some, { run: 'latest' }),
    recordInside(inner.store, some, { stream: 'live/other', run: 'unknown', part: 7 }),
  ]);
  expect(latest).toMatchObject({ run: first.run, part: 2 });
  expect(seventh).toMatchObject({ run: 'unknown', part: 7 });
});

test('a stream without a frame that can be decoded leaves no file', async () => {
  await using folder = await recordingsFolder();
  await using inner = await innerStore(storeSettings(folder.path));
  await expect(recordInside(inner.store, frames.slice(0, 1))).rejects.toThrow('done');
  expect(await filesBelow(folder.path)).toEqual([]);
});

test('a file cut at any byte is put in order at the next start, with every tag that is whole', async () => {
  await using folder = await recordingsFolder();
  const recording = await (async () => {
    await using inner = await innerStore(storeSettings(folder.path));
    return recordInside(inner.store, frames);
  })();
  const path = join(folder.path, 'live/cam1', recording.id);
  const whole = await readFile(`${path}.flv`);
  const description = parseDescription(await readFile(`${path}.json`, 'utf8'));
  if (description === undefined) throw new Error('no description');
  const { headBytes } = description;
  const brought = { content: { audio: true, video: true }, brought: {}, durationMs: 0 };
  const head = encodeFlvHead(
    { ...brought, lastTimestampMs: 0, bytes: headBytes, timesMs: [], offsets: [] },
    headBytes,
  );
  const tags = flvTags(whole).slice(1);
  for (const cut of [whole.length, whole.length - 1, headBytes + 20_000, headBytes + 70_003]) {
    await writeFile(`${path}.flv.part`, Buffer.concat([head, whole.subarray(headBytes, cut)]));
    const writer = { pid: 2 ** 22 + 1, since: 'another machine' };
    const unfinished = { ...recording, state: 'recording', bytes: 0, durationMs: 0 };
    await writeFile(
      `${path}.json`,
      JSON.stringify({ version: 1, ...description, recording: unfinished, writer }),
    );
    await using inner = await innerStore(storeSettings(folder.path));
    const recovered = await inner.store.describe(recording.key);
    expect(recovered).toMatchObject({ state: 'recovered', hasVideo: true });
    const file = await readFile(`${path}.flv`);
    const kept = flvTags(file).slice(1);
    expect(kept).toEqual(tags.slice(0, kept.length));
    expect(file.length).toBe(recovered?.bytes);
    const next = tags[kept.length]?.payload.length ?? 0;
    expect(cut - file.length).toBeLessThan(flvTagBytes(next));
    const { timesMs, offsets } = await inner.store.index(recording.key);
    for (const [at, offset] of offsets.entries())
      if (at > 0) expect(file.readUIntBE(offset + 4, 3)).toBe(timesMs[at]);
  }
  expect(await filesBelow(folder.path)).toEqual(
    ['flv', 'json'].map((end) => `live/cam1/${recording.id}.${end}`),
  );
});

test('what lies in the folder and is no recording of it is left alone, and no link is followed', async () => {
  await using folder = await recordingsFolder();
  await using elsewhere = await recordingsFolder();
  const { key, id } = await (async () => {
    await using other = await innerStore(storeSettings(elsewhere.path));
    return recordInside(other.store, frames.slice(0, 50));
  })();
  await symlink(join(elsewhere.path, 'live'), join(folder.path, 'live'));
  await mkdir(join(folder.path, 'junk'));
  await writeFile(join(folder.path, 'junk', 'x.json'), '{"version":1}');
  await writeFile(join(folder.path, 'notes.txt'), 'mine');
  await using inner = await innerStore(storeSettings(folder.path));
  expect(await inner.store.list({ limit: 10 })).toEqual({ items: [], next: null });
  await expect(inner.store.read(key, 0, 10)).rejects.toMatchObject({ code: 'not-found' });
  await expect(recordInside(inner.store, frames)).rejects.toThrow('is no folder');
  expect(inner.told.join()).toContain('x.json');
  expect(await filesBelow(elsewhere.path)).toEqual(['flv', 'json'].map((end) => `live/cam1/${id}.${end}`));
  expect(await readFile(join(folder.path, 'notes.txt'), 'utf8')).toBe('mine');
});

test('what a store had only begun when it was killed is removed, but not what another one may be beginning', async () => {
  await using folder = await recordingsFolder();
  await mkdir(join(folder.path, 'live'));
  const names = ['A', 'B'].map((letter) => `20261123T012719Z-${letter.repeat(22)}.flv.part`);
  const [old = '', recent = ''] = names.map((name) => join(folder.path, 'live', name));
  for (const path of [old, recent]) await writeFile(path, 'head');
  await utimes(old, 0, 0);
  await using inner = await innerStore(storeSettings(folder.path));
  await inner.store.list({ limit: 1 });
  expect(await filesBelow(folder.path)).toEqual([`live/${names[1]}`]);
});

test('a file that is replaced by a link is not read', async () => {
  await using folder = await recordingsFolder();
  await using inner = await innerStore(storeSettings(folder.path));
  const { key, id } = await recordInside(inner.store, frames.slice(0, 50));
  const file = join(folder.path, 'live/cam1', `${id}.flv`);
  await writeFile(join(folder.path, 'secret'), 'secret');
  await rm(file);
  await symlink(join(folder.path, 'secret'), file);
  await expect(inner.store.read(key, 0, 10)).rejects.toThrow();
});

test('the description of another recording gives nothing away', async () => {
  await using folder = await recordingsFolder();
  const [a, b] = await (async () => {
    await using inner = await innerStore(storeSettings(folder.path));
    return [
      await recordInside(inner.store, frames.slice(0, 50), { stream: 'live/a' }),
      await recordInside(inner.store, frames.slice(0, 50), { stream: 'live/b' }),
    ] as const;
  })();
  const text = await readFile(join(folder.path, 'live/b', `${b.id}.json`), 'utf8');
  await writeFile(join(folder.path, 'live/a', `${a.id}.json`), text);
  await using inner = await innerStore(storeSettings(folder.path));
  const { items } = await inner.store.list({ limit: 10 });
  expect(items.map(({ key }) => key)).toEqual([b.key]);
});

test('the oldest go when there are too many bytes, and what is too old goes', async () => {
  await using folder = await recordingsFolder();
  const some = frames.slice(0, 4);
  await using inner = await innerStore(storeSettings(folder.path));
  const recordings = [];
  for (const stream of ['live/c', 'live/b', 'live/a'])
    recordings.push(await recordInside(inner.store, some, { stream }));
  const [oldest, , newest] = recordings;
  const maxBytes = recordings.reduce((sum, { bytes }) => sum + bytes, 0) - 1;
  inner.store.configure(storeSettings(folder.path, { retention: { maxAgeMs: null, maxBytes } }));
  await vi.waitFor(() => expect(inner.expired).toEqual([oldest]));
  expect((await filesBelow(folder.path)).some((file) => file.startsWith('live/c'))).toBe(false);
  inner.store.configure(storeSettings(folder.path, { retention: { maxAgeMs: 0, maxBytes: null } }));
  await vi.waitFor(() => expect(inner.expired).toHaveLength(3));
  expect(inner.expired.at(-1)?.key === newest?.key || inner.expired[1]?.key === newest?.key).toBe(true);
  expect(await filesBelow(folder.path)).toEqual([]);
  expect(inner.acts.filter(({ did }) => did === 'deleted').map(({ by }) => by)).toEqual(
    Array(3).fill('retention'),
  );
});

test('a file that was cut after it was finished is read as far as it goes', async () => {
  await using folder = await recordingsFolder();
  await using inner = await innerStore(storeSettings(folder.path));
  const { key, id, bytes } = await recordInside(inner.store, frames.slice(0, 50));
  await truncate(join(folder.path, 'live/cam1', `${id}.flv`), bytes - 10);
  expect(await inner.store.read(key, bytes - 20, 20)).toHaveLength(10);
});

test('what another process writes is left to it until it has gone', async () => {
  await using folder = await recordingsFolder();
  await using writing = await innerStore(storeSettings(folder.path), await ownMark());
  const begun = Promise.withResolvers<string>();
  const written = writing.store.begin(
    { stream: 'live/cam1', family: 'FLV', run: 'new', by: 'test' },
    { onBegun: ({ key }) => begun.resolve(key), onTaken: () => {}, onEnd: () => {} },
  );
  for (const frame of frames) written.take(frame);
  const key = await begun.promise;
  await using reading = await innerStore(storeSettings(folder.path));
  expect(await reading.store.describe(key)).toBeUndefined();
  await written.finish('done');
  expect(await writing.store.describe(key)).toMatchObject({ state: 'finished' });
});

async function ownMark(): Promise<ProcessMark> {
  const mark = await processMark(process.pid);
  if (mark === undefined) throw new Error('no process');
  return mark;
}

test('folders go with the last recording in them, and nothing else does', async () => {
  await using folder = await recordingsFolder();
  await using scene = await innerStore(storeSettings(folder.path));
  const { store } = scene;
  const first = await recordInside(store, frames, { stream: 'live/studio/cam1' });
  const second = await recordInside(store, frames, { stream: 'live/studio/cam2' });
  const third = await recordInside(store, frames, { stream: 'live/hall' });
  await mkdir(join(folder.path, 'live/notes'));
  const folders = async (): Promise<string[]> =>
    (await readdir(folder.path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.path.length + 1))
      .sort();
  await store.delete(first.key, 'test');
  expect(await folders()).toEqual(['live', 'live/hall', 'live/notes', 'live/studio', 'live/studio/cam2']);
  await store.delete(second.key, 'test');
  expect(await folders()).toEqual(['live', 'live/hall', 'live/notes']);
  await store.delete(third.key, 'test');
  expect(await folders()).toEqual(['live', 'live/notes']);
  await rm(join(folder.path, 'live/notes'), { recursive: true });
  await store.delete((await recordInside(store, frames, { stream: 'live/hall' })).key, 'test');
  expect(await folders()).toEqual([]);
  store.configure(storeSettings(folder.path, { retention: { maxAgeMs: null, maxBytes: 1 } }));
  const expired = await recordInside(store, frames, { stream: 'live/hall' });
  await expect.poll(() => scene.expired.map(({ key }) => key)).toEqual([expired.key]);
  expect(await folders()).toEqual([]);
});

test('what is recorded while the folders of its stream go is recorded all the same', async () => {
  await using folder = await recordingsFolder();
  await using scene = await innerStore(storeSettings(folder.path));
  const { store } = scene;
  const stream = 'live/studio/cam1';
  let last = await recordInside(store, frames, { stream });
  for (let turn = 0; turn < 30; turn++) {
    const begun = recordInside(store, frames, { stream });
    const [recording, isDeleted] = await Promise.all([begun, store.delete(last.key, 'test')]);
    expect([recording.state, isDeleted]).toEqual(['finished', true]);
    last = recording;
  }
  expect((await store.read(last.key, 0, 3)).toString()).toBe('FLV');
});

test('folders that go before something is put into them are made again, and not for ever', async () => {
  await using scope = await recordingsFolder();
  const folder = new StoreFolder(scope.path, [plainForm]);
  let removed = 0;
  const put = (times: number) => async (): Promise<void> => {
    if (removed++ < times) await rm(join(scope.path, 'live'), { recursive: true });
    await writeFile(join(scope.path, 'live/cam1/film'), '');
  };
  await folder.withRoom('live/cam1', put(2));
  expect(await filesBelow(scope.path)).toEqual(['live/cam1/film']);
  removed = 0;
  await expect(folder.withRoom('live/cam1', put(1000))).rejects.toMatchObject({ code: 'ENOENT' });
});
