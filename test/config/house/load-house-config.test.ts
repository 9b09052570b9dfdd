import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadHouseConfig } from '../../../src/config/house/load-house-config.ts';

test('the roster is beside the config file, wherever the house is started', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'streampump-house-config-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, 'house.config.json');
  await writeFile(file, '{}');
  expect(loadHouseConfig({ file, env: {} }).rosterFile).toBe(join(folder, 'roster.json'));
  await writeFile(file, '{ "rosterFile": "fleet/all.json" }');
  expect(loadHouseConfig({ file, env: {} }).rosterFile).toBe(join(folder, 'fleet/all.json'));
});

test('variables are named as those of a relay', () => {
  const env = {
    STREAMPUMP_STORE_TYPE: 'redis',
    STREAMPUMP_STORE_URL: 'redis://r',
    STREAMPUMP_STICKY_MS: '5',
  };
  expect(loadHouseConfig({ env })).toMatchObject({ stickyMs: 5, store: { type: 'redis', url: 'redis://r' } });
  expect(() => loadHouseConfig({ env: { STREAMPUMP_WORKERS: '2' } })).toThrow(
    /STREAMPUMP_WORKERS: unknown setting/,
  );
});
