import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRelayConfig } from '../../../src/config/load-config.ts';

const hook = { events: ['publish'], exec: ['/usr/bin/logger', '{stream}'] };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function configFile(mode: number): Promise<string> {
  const file = join(folder, `relay-${mode.toString(8)}.json`);
  await writeFile(file, JSON.stringify({ hooks: [hook] }));
  await chmod(file, mode);
  return file;
}

test('the config file may name a program', async () => {
  const { settings, error } = readRelayConfig({ file: await configFile(0o664), env: {} });
  expect(error).toBeUndefined();
  expect(settings.hooks.map(({ exec }) => exec)).toEqual([hook.exec]);
});

test('the environment may not, be it for a hook of its own or for one of the file', async () => {
  const url = { events: ['publish'], url: 'http://127.0.0.1/hook' };
  const env = { STREAMPUMP_HOOKS: JSON.stringify([url, hook]) };
  const { settings, error } = readRelayConfig({ file: await configFile(0o600), env });
  expect(error?.message).toBe(
    'environment: STREAMPUMP_HOOKS: 1.exec: only the config file may have this setting',
  );
  expect(settings.hooks.map(({ exec }) => exec)).toEqual([hook.exec]);
});

test('the environment may have hooks without one', () => {
  const env = { STREAMPUMP_HOOKS: '[{"events":["publish"],"url":"http://127.0.0.1/hook","exec":null}]' };
  const { settings, error } = readRelayConfig({ env });
  expect(error).toBeUndefined();
  expect(settings.hooks).toHaveLength(1);
});

test('a file that everybody may write may not', async () => {
  const file = await configFile(0o666);
  const { error } = readRelayConfig({ file, env: {} });
  expect(error?.message).toContain(
    'hooks.0.exec: everybody may write this file, expected one that only you may write: chmod o-w',
  );
});

test.each([
  { exec: ['logger'], problem: 'hooks.0.exec.0: expected the path of a program from the root' },
  { exec: ['/bin/{event}'], problem: 'hooks.0.exec.0: expected a program without placeholders' },
  { exec: ['/bin/echo', '{query}'], problem: 'hooks.0.exec.1: expected only {event}, {stream}' },
])('$exec: $problem', async ({ exec, problem }) => {
  const file = join(folder, 'wrong.json');
  await writeFile(file, JSON.stringify({ hooks: [{ events: ['publish'], exec }] }));
  await chmod(file, 0o600);
  expect(readRelayConfig({ file, env: {} }).error?.message).toContain(problem);
});
