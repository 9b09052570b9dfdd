import { readdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/markdown.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';

/** Links in a folder to all programs of this machine, without those of npm packages and without some. */
async function linkPrograms(folder: string, without: readonly string[]): Promise<void> {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'));
  const linked = new Set(without);
  for (const path of folders) {
    for (const name of await readdir(path).catch(() => [])) {
      if (linked.has(name)) continue;
      linked.add(name);
      await symlink(join(path, name), join(folder, name));
    }
  }
}

test('where OBS cannot be had its tests are left out, and one line says so', async () => {
  await using folder = await temporaryFolder();
  await linkPrograms(folder.path, ['obs', 'Xvfb', 'apt-get']);
  await writeFile(join(folder.path, 'apt-get'), '#!/bin/sh\nexit 100\n', { mode: 0o755 });
  const env = { PATH: folder.path };
  await using install = runTool(process.execPath, ['scripts/install.mjs', '--system'], { cwd: root, env });
  const lines = (await install.output).split('\n').filter((line) => line.includes('OBS'));
  expect(lines).toEqual([
    expect.stringMatching(/^the tests of OBS are left out: missing obs, .*Xvfb \(in Debian's /),
  ]);
});
