import { mkdtempDisposableSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readRecordingKey } from '../../src/credentials/recording-key.ts';
import { runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test('makes a key file that only its owner can read, says its id, and overwrites none', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'recording-key-'));
  const file = join(folder.path, 'key');
  await using made = runTool(process.execPath, [cli, 'recording-key', file]);
  expect(await made.output).toBe(`${readRecordingKey(file).id}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  await using again = runTool(process.execPath, [cli, 'recording-key', file]);
  await using shown = runTool(process.execPath, [cli, 'recording-key', '--id', file]);
  expect((await again.exited).code).toBe(2);
  expect(again.stderr).toContain(`${file} cannot be made: file already exists`);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(await shown.output).toBe(`${readRecordingKey(file).id}\n`);
});

test('a file that holds something else is not repeated', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'recording-key-'));
  const file = join(folder.path, 'key');
  writeFileSync(file, 'sesame\n', { mode: 0o600 });
  await using shown = runTool(process.execPath, [cli, 'recording-key', '--id', file]);
  expect((await shown.exited).code).toBe(2);
  expect(shown.stderr).toContain(`${file}: expected one line, a key as streampump recording-key makes it`);
  expect(shown.stderr).not.toContain('sesame');
});
