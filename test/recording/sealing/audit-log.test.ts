import {
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AuditLog } from '../../../src/recording/sealing/audit-log.ts';
import type { StoreAct } from '../../../src/recording/store/store-settings.ts';

const act: StoreAct = {
  did: 'played',
  key: 'recordings/live/a/1',
  by: 'player:alice@192.0.2.1',
  outcome: 'begun',
};

function scene(limits?: { fileBytes: number; waitingBytes: number }) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'audit-'));
  const faults: string[] = [];
  const log = new AuditLog(folder.path, (problem) => faults.push(problem), limits);
  const file = join(folder.path, 'audit.jsonl');
  const lines = (name = file): readonly Record<string, unknown>[] =>
    readFileSync(name, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { folder, log, file, lines, faults, [Symbol.dispose]: () => folder.remove() };
}

test('says who has done what, in a file that nobody else can read', async () => {
  using found = scene();
  found.log.note({ did: 'recorded', key: 'recordings/live/a/1', by: 'settings', outcome: 'begun' });
  found.log.note(act);
  await found.log.flush();
  expect(found.lines()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      did: 'recorded',
      key: 'recordings/live/a/1',
      by: 'settings',
      outcome: 'begun',
    },
    { time: expect.any(String), ...act },
  ]);
  expect(statSync(found.file).mode & 0o777).toBe(0o600);
});

test('whatever somebody is called, a line is a line, and has an end', async () => {
  using found = scene();
  found.log.note({ ...act, by: 'a\nb\u2028"\u0000', key: 'k'.repeat(5000) });
  await found.log.flush();
  expect(found.lines()).toMatchObject([{ by: 'a\nb\u2028"\u0000', key: `${'k'.repeat(512)}...` }]);
});

test('goes on behind a line that a kill has cut', async () => {
  using found = scene();
  writeFileSync(found.file, '{"time":"2026');
  found.log.note(act);
  await found.log.flush();
  expect(readFileSync(found.file, 'utf8').split('\n').slice(0, 2)).toEqual([
    '{"time":"2026',
    expect.stringContaining('"did":"played"'),
  ]);
});

test('a file that is long enough makes room, and the oldest goes', async () => {
  using found = scene({ fileBytes: 300, waitingBytes: 2 ** 20 });
  for (let number = 0; number < 40; number++) {
    found.log.note({ ...act, outcome: `${number}` });
    await found.log.flush();
  }
  const names = readdirSync(found.folder.path);
  expect(names).toHaveLength(10);
  expect(names.every((name) => statSync(join(found.folder.path, name)).size <= 300)).toBe(true);
  expect(found.lines().map(({ outcome }) => outcome)).toEqual(['38', '39']);
  expect(found.lines(`${found.file}.9`).map(({ outcome }) => outcome)).toEqual(['20', '21']);
});

test('a disk that takes nothing is told once; the lines wait, up to a bound, and how many are missing is said', async () => {
  using found = scene({ fileBytes: 2 ** 20, waitingBytes: 400 });
  mkdirSync(found.file);
  for (let number = 0; number < 5; number++) {
    found.log.note({ ...act, outcome: `${number}` });
    await found.log.flush();
  }
  expect(found.faults).toEqual([`${found.file} cannot be written: illegal operation on a directory`]);
  rmdirSync(found.file);
  await found.log.flush();
  await found.log.flush();
  expect(found.lines().map(({ outcome, missingLines }) => outcome ?? missingLines)).toEqual([
    '0',
    '1',
    '2',
    2,
  ]);
});

test('no link is followed', async () => {
  using found = scene();
  writeFileSync(join(found.folder.path, 'elsewhere'), '');
  symlinkSync(join(found.folder.path, 'elsewhere'), found.file);
  found.log.note(act);
  await found.log.flush();
  expect(readFileSync(join(found.folder.path, 'elsewhere'), 'utf8')).toBe('');
  expect(found.faults).toHaveLength(1);
});
