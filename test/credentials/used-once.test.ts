import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { UsedOnce } from '../../src/credentials/used-once.ts';

const start = 1_800_000_000;

test('a text is used once within its time', () => {
  let now = start;
  const used = new UsedOnce(UsedOnce.memory(), 60, () => now);
  expect(used.take('a')).toBe(true);
  expect(used.take('a')).toBe(false);
  expect(used.take('b')).toBe(true);
  now += 60;
  expect(used.take('a')).toBe(false);
  now += 1;
  expect(used.take('a')).toBe(true);
});

test('all who have the memory know what was used', () => {
  const memory = UsedOnce.memory();
  expect(new UsedOnce(memory, 60, () => start).take('a')).toBe(true);
  expect(new UsedOnce(memory, 60, () => start).take('a')).toBe(false);
});

test('of two threads at most one gets it', async () => {
  const memory = UsedOnce.memory();
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { UsedOnce } = await import(workerData.module);
    const used = new UsedOnce(workerData.memory, 60, () => ${start});
    let count = 0;
    for (let i = 0; i < 4000; i++) if (used.take(String(i))) count++;
    parentPort.postMessage(count);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const module = new URL('../../src/credentials/used-once.ts', import.meta.url).href;
  const counts = [1, 2].map(
    () =>
      new Promise<number>((resolve, reject) => {
        const thread = new Worker(url, { workerData: { module, memory } });
        thread.once('message', resolve);
        thread.once('error', reject);
      }),
  );
  const [one = 0, other = 0] = await Promise.all(counts);
  expect(one + other).toBeLessThanOrEqual(4000);
  expect(one + other).toBeGreaterThan(3500);
});

test('of far more texts than there is room for, the latest are remembered', () => {
  let now = start;
  const used = new UsedOnce(UsedOnce.memory(), 3600, () => now);
  for (let i = 0; i < 100_000; i++) {
    if (i % 1000 === 0) now++;
    used.take(`text ${i}`);
  }
  expect(used.take('text 99999')).toBe(false);
  expect(used.take('text 0')).toBe(true);
});
