import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startHouseProcess } from '../support/house-process.ts';
import { runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test('a house runs as a relay does: first and last line, SIGHUP, SIGTERM', async () => {
  await using house = await startHouseProcess({ config: { drain: { timeoutMs: 300 } } });
  expect(house.find('start')).toEqual([
    expect.objectContaining({ msg: expect.stringMatching(/^starting: streampump .* as a house, Node /) }),
  ]);
  await house.write({ stickyMs: 1000 });
  house.tool.kill('SIGHUP');
  await house.waitForLog(/"event":"configured"/);
  expect(await house.get('/api/v1/config')).toMatchObject({ stickyMs: 1000 });
  await house.write({ stickyMs: -1 });
  house.tool.kill('SIGHUP');
  await house.waitForLog(/the old configuration stays: [^\n]*stickyMs/);
  house.tool.kill('SIGTERM');
  expect((await house.tool.exited).code).toBe(0);
  expect(house.find('stopped')).toEqual([expect.objectContaining({ reason: 'signal', signal: 'SIGTERM' })]);
});

test('a check says all that is wrong, in the words of a relay', async () => {
  await using house = await startHouseProcess();
  const check = async (): Promise<readonly [number | null, string]> => {
    await using tool = runTool(process.execPath, [cli, 'house', '-c', house.configFile, '--check'], {
      env: {},
    });
    const { code } = await tool.exited;
    return [code, `${tool.stdoutBuffer}${tool.stderr}`];
  };
  expect(await check()).toEqual([0, 'configuration is valid\n']);
  await rm(join(house.folder, 'token'));
  await house.write({ offlineAfterMs: 3000, rtmpMod: 'proxy' });
  const [code, text] = await check();
  expect(code).toBe(2);
  expect(text).toContain('offlineAfterMs: expected at least twice telemetryIntervalMs, which is 2000');
  expect(text).toContain('rtmpMod: unknown setting (did you mean rtmpMode?)');
  expect(text).toMatch(/adminTokenFile: .*token/);
  await writeFile(house.rosterFile, '[{ "id": "a" }, { "id": "a" }]');
  await house.write({ adminTokenFile: null, defaultRelay: 'b' });
  expect(await check()).toEqual([2, expect.stringMatching(/rosterFile: .*roster.json.*id/)]);
});

test('a roster with faults is told with its places, by a check and by SIGHUP, and the old one stays', async () => {
  await using house = await startHouseProcess({ roster: [{ id: 'a', key: 'secret-of-relay-a' }] });
  await writeFile(house.rosterFile, '[\n{"id": "a", "key": "secret-of-relay-a", "parent": "b"}]');
  await using tool = runTool(process.execPath, [cli, 'house', '-c', house.configFile, '--check'], {
    env: {},
  });
  expect((await tool.exited).code).toBe(2);
  const fault = `${house.rosterFile}: line 2, column 41: 0.parent: b is not the id of a relay in this roster`;
  expect(tool.stderr).toContain(fault);
  house.tool.kill('SIGHUP');
  await house.waitForLog(/"event":"config"[^\n]*the old configuration stays: [^\n]*0.parent: b is not/);
  await writeFile(house.rosterFile, '[{"id": "b", "key": "secret-of-relay-b"}]');
  house.tool.kill('SIGHUP');
  await house.waitForLog(/"event":"roster"[^\n]*roster read again: 1 relays/);
  expect(`${house.tool.stdoutBuffer}`).not.toContain('secret-of-relay');
});
