import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { plainForm } from '../../../src/recording/file/plain-form.ts';
import type { FileForm } from '../../../src/recording/file/recording-file.ts';
import { type FileSync, FileSyncs } from '../../../src/recording/store/file-syncs.ts';
import { Store } from '../../../src/recording/store/store.ts';
import { bbbTags } from '../../support/media.ts';
import {
  recordedFrames,
  recordInside,
  recordingsFolder,
  storeSettings,
} from '../../support/recording-scene.ts';

/** A file whose syncs a test ends. */
class SlowFile {
  readonly faults: string[] = [];
  readonly file: FileSync;
  end: () => void = () => {};
  fail: (error: Error) => void = () => {};

  constructor(syncs: FileSyncs, name: string, begun: string[]) {
    this.file = syncs.add(
      () => {
        begun.push(name);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        this.end = resolve;
        this.fail = reject;
        return promise;
      },
      (error) => this.faults.push((error as Error).message),
    );
  }
}

describe('while files are written', () => {
  let begun: string[];
  let files: SlowFile[];
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const write = (): void => {
    for (const { file } of files) file.onWritten();
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const syncs = new FileSyncs();
    begun = [];
    files = ['a', 'b', 'c'].map((name) => new SlowFile(syncs, name, begun));
  });

  test('each is brought to the disk once a second while something comes, and not when nothing does', async () => {
    const [a] = files as [SlowFile];
    for (let second = 0; second < 3; second++) {
      a.file.onWritten();
      await pass(250);
      a.file.onWritten();
      await pass(749);
      expect(begun.length).toBe(second);
      await pass(1);
      expect(begun.length).toBe(second + 1);
      a.end();
      await pass(0);
    }
    await pass(60_000);
    expect(begun).toEqual(['a', 'a', 'a']);
  });

  test('two at a time, the one that waits longest first, and one file not twice at a time', async () => {
    const [a, b, c] = files as [SlowFile, SlowFile, SlowFile];
    write();
    await pass(1000);
    expect(begun).toEqual(['a', 'b']);
    write();
    await pass(5000);
    expect(begun).toEqual(['a', 'b']);
    b.end();
    await pass(0);
    expect(begun).toEqual(['a', 'b', 'c']);
    c.end();
    await pass(0);
    expect(begun).toEqual(['a', 'b', 'c', 'b']); // a is not done with what came first
    a.end();
    await pass(0);
    expect(begun).toEqual(['a', 'b', 'c', 'b', 'a']);
  });

  test('a fault is told, but not of a file that was closed meanwhile', async () => {
    const [a, b] = files as [SlowFile, SlowFile];
    write();
    await pass(1000);
    b.file.close();
    a.fail(new Error('EIO'));
    b.fail(new Error('EBADF'));
    await pass(0);
    expect(files.map(({ faults }) => faults)).toEqual([['EIO'], [], []]);
    expect(begun).toEqual(['a', 'b', 'c']);
  });
});

test('frames are written while the disk hangs in a sync, and the recording ends with the file as it is', async () => {
  await using folder = await recordingsFolder();
  const hangs = Promise.withResolvers<void>();
  const synced = Promise.withResolvers<void>();
  const form: FileForm = {
    ...plainForm,
    create: async (...args) => {
      const { file, notes } = await plainForm.create(...args);
      const sync = async (): Promise<void> => {
        synced.resolve();
        await hangs.promise;
      };
      const hanging = {
        append: (pieces: readonly Buffer[]) => file.append(pieces),
        finish: (...end: Parameters<typeof file.finish>) => file.finish(...end),
        close: () => file.close(),
        sync,
      };
      return { file: hanging, notes };
    },
  };
  const mark = { pid: process.pid, since: 'test' };
  const states: string[] = [];
  const store = await Store.open(storeSettings(folder.path), [form], mark, {
    tell: () => {},
    audit: () => {},
    onState: (state) => states.push(state),
    onExpired: () => {},
    onUpload: () => {},
  });
  const frames = recordedFrames(bbbTags());
  const half = frames.length / 2;
  const taken = { bytes: 0 };
  const over = Promise.withResolvers<string>();
  const written = store.begin(
    { stream: 'live/cam1', family: 'FLV', run: 'new', by: 'test' },
    {
      onBegun: () => {},
      onTaken: (bytes) => {
        taken.bytes += bytes;
      },
      onEnd: (end) => over.resolve(end),
    },
  );
  for (const frame of frames.slice(0, half)) written.take(frame);
  await synced.promise;
  for (const frame of frames.slice(half)) written.take(frame);
  const all = frames.reduce((sum, { payload }) => sum + payload.length, 0);
  await expect.poll(() => taken.bytes, { timeout: 4000 }).toBe(all);
  void written.finish('done');
  expect(await over.promise).toBe('finished');
  expect(states).toEqual([]);
  // and another one begins meanwhile
  expect(await recordInside(store, frames)).toMatchObject({ state: 'finished' });
  hangs.resolve();
  await store.close('the test ends');
});
