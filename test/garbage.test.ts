import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const file = fileURLToPath(new URL('../src/garbage.ts', import.meta.url));
const run = promisify(execFile);

/** Keeps more and more of what it makes, a little in each turn of the loop, and prints the size that a semi-space had last, in MiB. */
const growing = `
  const { collectForLoad } = await import(process.argv[1]);
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
  collectForLoad();
  await load();
  await load();
`;

test('the young generation does not grow while everything is loaded, then with the load, up to four megabytes', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', growing, file]);
  expect(stdout.trim().split('\n')).toEqual(['1', '4', '4']);
});

/** Drops the oldest of 600 pieces for each that it makes: some 30 MiB live, and as many as were made since are garbage. */
const renewing = `
  const { collectForLoad } = await import(process.argv[1]);
  const { setImmediate } = await import('node:timers/promises');
  collectForLoad();
  const pieces = [];
  for (let turn = 0; turn < 14000; turn++) {
    pieces[turn % 600] = Array.from({ length: 1000 }, () => ({ turn }));
    await setImmediate();
  }
`;

/** What V8 says of a collection of all of the heap: bytes before and after, and how long its threads marked, milliseconds. */
interface Collection {
  readonly gc: string;
  readonly start_object_size: number;
  readonly end_object_size: number;
  readonly 'background.mark': number;
}

/** One of the processors that this process may use, and all of them, as taskset lists them. */
const [oneProcessor = '', processors = ''] =
  /^Cpus_allowed_list:\t(([0-9]+).*)$/m
    .exec(readFileSync('/proc/self/status', 'utf8'))
    ?.slice(1)
    .toReversed() ?? [];

async function collectionsOfAll(processorList: string): Promise<Collection[]> {
  const node = [process.execPath, '--trace-gc-nvp', '--input-type=module', '-e', renewing, file];
  const { stdout } = await run('taskset', ['-c', processorList, ...node]);
  const lines = stdout.split('\n').filter((line) => line.includes('GC: {'));
  return lines
    .map((line): Collection => JSON.parse(line.slice(line.indexOf('{'))))
    .filter(({ gc }) => gc === 'mc');
}

test.each([oneProcessor, processors])(
  'neither little nor much is garbage when all is collected, on processors %s',
  async (list) => {
    const collections = await collectionsOfAll(list);
    const garbage = collections.map(
      ({ start_object_size }, n) => start_object_size - (collections[n - 1]?.end_object_size ?? 0),
    );
    const settled = garbage.slice(2).map((bytes) => bytes / 2 ** 20);
    expect(settled.length).toBeGreaterThan(1);
    expect(Math.min(...settled)).toBeGreaterThan(20);
    expect(Math.max(...settled)).toBeLessThan(80);
  },
);

test('V8 marks with threads only where there is a processor for them', async () => {
  const marked = async (list: string) =>
    Math.max(...(await collectionsOfAll(list)).map((collection) => collection['background.mark']));
  expect(await marked(oneProcessor)).toBeLessThan(1);
  if (availableParallelism() > 1) expect(await marked(processors)).toBeGreaterThan(1);
});
