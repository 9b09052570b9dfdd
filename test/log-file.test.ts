import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LogFile, LogFileError } from '../src/log-file.ts';

/** A folder of its own for one test. */
async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'streampump-log-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('a file that was moved away gets no more lines once it is opened again, and none is lost', async () => {
  await using place = await folder();
  const path = join(place.path, 'access.log');
  const file = await LogFile.open(path);
  expect((await stat(path)).mode & 0o137).toBe(0); // its group may read it at most
  for (let i = 0; i < 100; i++) file.output.write(`${i}\n`);
  await rename(path, `${path}.1`);
  const reopened = file.reopen();
  for (let i = 100; i < 200; i++) file.output.write(`${i}\n`);
  await reopened;
  file.output.write('200\n');
  await file.output.flush(5000);
  const [old, now] = [await readFile(`${path}.1`, 'utf8'), await readFile(path, 'utf8')];
  expect(now).toMatch(/200\n$/);
  expect(`${old}${now}`).toBe(Array.from({ length: 201 }, (_, i) => `${i}\n`).join(''));
});

test('where it cannot be opened again, lines go on to the old one', async () => {
  await using place = await folder();
  const path = join(place.path, 'logs', 'relay.log');
  await expect(LogFile.open(path)).rejects.toThrow(LogFileError);
  execFileSync('mkdir', [join(place.path, 'logs')]);
  const file = await LogFile.open(path);
  await rename(join(place.path, 'logs'), join(place.path, 'old'));
  await expect(file.reopen()).rejects.toThrow(/cannot write the log .*relay\.log: ENOENT/);
  file.output.write('still here\n');
  await file.output.flush(5000);
  expect(await readFile(join(place.path, 'old', 'relay.log'), 'utf8')).toBe('still here\n');
});

test('what is no file is refused and holds nobody', async () => {
  await using place = await folder();
  const pipe = join(place.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(LogFile.open(pipe)).rejects.toThrow(/cannot write the log .*pipe/);
  await expect(LogFile.open(place.path)).rejects.toThrow(/cannot write the log/);
});

test.skipIf(process.platform !== 'linux')(
  'a full disk is told once, and lost lines are counted',
  async () => {
    const file = await LogFile.open('/dev/full');
    const faults: string[] = [];
    file.output.onFault = (problem) => faults.push(problem);
    for (let i = 0; i < 3; i++) {
      file.output.write('lost\n');
      await file.output.flush(5000);
    }
    expect(faults).toEqual([expect.stringContaining('ENOSPC')]);
  },
);
