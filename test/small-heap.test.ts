import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Keeps more and more of what it makes, a little in each turn of the loop, and prints the size that a semi-space had last, in MiB. */
const script = `
  const { growWithLoad } = await import(process.argv[1]);
  const { getHeapSpaceStatistics } = await import('node:v8');
  const { setImmediate } = await import('node:timers/promises');
  const size = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    return young.space_available_size + young.space_used_size;
  };
  const kept = [];
  const load = async () => {
    const sizes = []; // while V8 collects beside us they are larger: what it comes back to counts
    for (let turn = 0; turn < 500; turn++) {
      kept.push(Array.from({ length: 2000 }, () => ({})));
      await setImmediate();
      sizes.push(size());
    }
    console.log((Math.min(...sizes.slice(-250)) / 2 ** 20).toFixed(0));
  };
  await load();
  growWithLoad();
  await load();
  await load();
`;

test('the young generation does not grow while everything is loaded, then with the load, up to four megabytes', async () => {
  const file = fileURLToPath(new URL('../src/small-heap.ts', import.meta.url));
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file]);
  expect((await run).stdout.trim().split('\n')).toEqual(['1', '4', '4']);
});
