import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { newRecordingKey } from '../../../src/credentials/recording-key.ts';
import { FlvTagType } from '../../../src/protocol/flv/flv-tag.ts';
import { SocketLink } from '../../../src/recording/link/socket-link.ts';
import type { RecordedFrame } from '../../../src/recording/link/store-link.ts';
import { startStore } from '../../../src/recording/process/start-store.ts';
import { bbbTags, flvTags } from '../../support/media.ts';
import {
  beginRecording,
  filesBelow,
  innerStore,
  recordAll,
  recordedFrames,
  recordingsFolder,
  storeScene,
  storeSettings,
} from '../../support/recording-scene.ts';

/** How often the store is killed. */
const KILLS = Number(process.env['KILLS'] ?? 8);

/** A frame that says which one it is, 40 ms behind the one before. */
function numbered(number: number): RecordedFrame {
  const payload = Buffer.alloc(2000);
  payload.writeUInt8(number % 25 === 0 ? 0x17 : 0x27, 0);
  payload.writeUInt8(1, 1);
  payload.writeUInt32BE(number, 5);
  return {
    kind: 'video',
    role: 'coded',
    tag: FlvTagType.video,
    timestamp: number * 40,
    payload,
    isKeyframe: number % 25 === 0,
  };
}

/** The numbers of the frames in a file. */
function numbersIn(file: string): number[] {
  return numbersOf(readFileSync(file));
}

function numbersOf(bytes: Buffer): number[] {
  return flvTags(bytes)
    .slice(1)
    .map(({ payload }) => Buffer.from(payload).readUInt32BE(5));
}

/** Every other store that is killed seals what it records. */
function isSealed(run: number): boolean {
  return run % 2 === 1;
}

test('a store that is killed at any moment has lost at most the last second', async () => {
  await using folder = await recordingsFolder();
  const keyFile = join(folder.path, 'key');
  writeFileSync(keyFile, newRecordingKey(), { mode: 0o600 });
  const films = join(folder.path, 'films');
  const plain = storeSettings(films);
  const sealed = storeSettings(films, { encryption: { keyFiles: [keyFile] } });
  const handed: { readonly run: number; readonly until: number }[] = [];
  const runs = Array.from({ length: KILLS }, (_, run) => run);
  const killStores = async (): Promise<void> => {
    for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
      await using scene = await storeScene(isSealed(run) ? sealed : plain);
      const { writer, begun } = beginRecording(scene.link, { stream: `run/${run}` });
      let number = 0;
      const handedAt: number[] = [];
      const handing = setInterval(() => {
        handedAt.push(Date.now());
        writer.write(numbered(number++));
      }, 2);
      await begun;
      await delay(1000 + Math.random() * 1000); // a moment by chance, behind a second of frames
      clearInterval(handing);
      scene.store.kill();
      const killedAt = Date.now();
      handed.push({ run, until: handedAt.filter((at) => at < killedAt - 1000).length });
      await scene.store.stop();
    }
  };
  await Promise.all([killStores(), killStores(), killStores(), killStores()]);
  expect(handed.every(({ until }) => until > 0)).toBe(true);
  await using inner = await innerStore(sealed);
  for (const { run, until } of handed) {
    const { items } = await inner.store.list({ stream: `run/${run}`, limit: 10 });
    const files = await Promise.all(items.map(({ key, bytes }) => inner.store.read(key, 0, bytes)));
    const numbers = files.flatMap(numbersOf);
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(numbers.length).toBeGreaterThanOrEqual(until);
    for (const item of items) expect(item).toMatchObject({ state: 'recovered', isSealed: isSealed(run) });
  }
  expect((await filesBelow(films)).filter((file) => !/\.(?:flv|flv\.sealed|json)$/.test(file))).toEqual([]);
}, 600_000);

test('nothing is lost of what a thread has handed over before it goes', async () => {
  await using folder = await recordingsFolder();
  await using scene = await storeScene(storeSettings(folder.path));
  const link = new SocketLink(scene.store.socketPath, { onState: () => {} });
  const { writer, begun } = beginRecording(link);
  for (let number = 0; number < 300; number++) writer.write(numbered(number));
  const { key, id } = await begun;
  link.close();
  await vi.waitFor(async () => expect((await scene.link.describe(key))?.state).toBe('finished'));
  expect(numbersIn(join(folder.path, 'live/cam1', `${id}.flv`))).toHaveLength(300);
});

test('a store whose relay has gone finishes what is open, and ends', async () => {
  await using folder = await recordingsFolder();
  const script = join(import.meta.dirname, '../../support/store-parent.ts');
  const parent = spawnSync(process.execPath, [script, folder.path], { encoding: 'utf8', timeout: 60_000 });
  expect(parent.signal).toBe('SIGKILL');
  const { pid, id } = JSON.parse(parent.stdout) as { pid: number; id: string };
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 10_000 });
  const files = await filesBelow(folder.path);
  expect(files).toEqual(['flv', 'json'].map((end) => `live/cam1/${id}.${end}`));
  expect(readFileSync(join(folder.path, files[1] ?? ''), 'utf8')).toContain('"finished"');
});

test('a disk that does not answer holds back who writes, and nobody else; then all goes on', async () => {
  await using folder = await recordingsFolder();
  await using scene = await storeScene(storeSettings(folder.path));
  const link = new SocketLink(scene.store.socketPath, { onState: () => {} }, 300);
  const { writer, begun, end } = beginRecording(link);
  writer.write(numbered(0));
  await begun;
  process.kill(scene.store.pid, 'SIGSTOP');
  let number = 1;
  while (writer.write(numbered(number))) number++;
  expect(number).toBeLessThan(5000);
  await expect(link.ping()).rejects.toMatchObject({ code: 'timeout' });
  process.kill(scene.store.pid, 'SIGCONT');
  await vi.waitFor(() => link.ping(), { timeout: 10_000 });
  writer.finish('done');
  const { recording } = await end;
  expect(numbersIn(join(folder.path, 'live/cam1', `${recording?.id}.flv`))).toHaveLength(number + 1);
  link.close();
});

test.skipIf(process.getuid?.() !== 0)(
  'a full disk ends a recording with what fits, and another one begins when there is room',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder]);
    try {
      await using scene = await storeScene(storeSettings(folder));
      const { writer, end } = beginRecording(scene.link);
      for (let number = 0; number < 3000; number++) writer.write(numbered(number));
      const { end: why, recording } = await end;
      // the audit log has no room for its line either, unless that came just before
      for (const problem of scene.told)
        expect(problem).toMatch(/audit\.jsonl cannot be written: no space left/);
      expect(why).toBe('full');
      const numbers = numbersIn(join(folder, 'live/cam1', `${recording?.id}.flv`));
      expect(numbers.length).toBeGreaterThan(500);
      expect(numbers).toEqual(numbers.map((_, at) => at));
      await vi.waitFor(() => expect(scene.states).toEqual(['full']));
      const refused = beginRecording(scene.link, { stream: 'live/other' });
      refused.writer.write(numbered(0));
      expect(await refused.end).toMatchObject({ end: 'full', recording: undefined });
      expect(await scene.link.delete(recording?.key ?? '', 'test')).toBe(true);
      await vi.waitFor(() => expect(scene.states).toEqual(['full', 'ok']), { timeout: 10_000 });
      expect(await recordAll(scene.link, recordedFrames(bbbTags()).slice(0, 50))).toMatchObject({ part: 1 });
    } finally {
      execFileSync('umount', [folder]);
      await rm(folder, { recursive: true });
    }
  },
);

test('with less than what has to stay free nothing is recorded', async () => {
  await using folder = await recordingsFolder();
  await using scene = await storeScene(storeSettings(folder.path, { minFreeBytes: 2 ** 49 }));
  await vi.waitFor(() => expect(scene.states).toEqual(['full']), { timeout: 10_000 });
  const { writer, end } = beginRecording(scene.link);
  writer.write(numbered(0));
  expect(await end).toMatchObject({ end: 'full', sentence: 'there is no room' });
});

test('a folder that cannot be used is told', async () => {
  const told = Promise.withResolvers<string>();
  const store = await startStore(storeSettings('/dev/null/recordings'), {
    onTold: () => {},
    onExit: told.resolve,
  });
  await expect(store.ready).rejects.toThrow('the store cannot use /dev/null/recordings');
  expect(await told.promise).toContain('not a directory');
});
