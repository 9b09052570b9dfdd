import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hashKey } from '../../src/credentials/key-hash.ts';
import { isRelayKey } from '../../src/credentials/relay-key.ts';
import { runTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test('makes a random key with its hash', async () => {
  await using tool = runTool(process.execPath, [cli, 'hash-key']);
  const [, key = '', stored] =
    /^key {5}([\w-]{32})\nstored {2}(sha256:[0-9a-f]{64})\n$/.exec(await tool.output) ?? [];
  expect(stored).toBe(hashKey(key));
});

test('hashes a key from standard input, and no hash', async () => {
  await using tool = runTool(process.execPath, [cli, 'hash-key', '--stdin'], { input: 'abc\n' });
  expect(await tool.output).toBe(`${hashKey('abc')}\n`);
  await using twice = runTool(process.execPath, [cli, 'hash-key', '--stdin'], { input: hashKey('abc') });
  expect((await twice.exited).code).toBe(2);
  expect(twice.stderr).toContain('expected a key, got a hash');
});

test('makes and hashes keys of relays, with a salt', async () => {
  await using tool = runTool(process.execPath, [cli, 'house', 'hash-key']);
  const [, key = '', stored = ''] =
    /^key {5}([\w-]{32})\nstored {2}(sha256:[\w-]{22}:[0-9a-f]{64})\n$/.exec(await tool.output) ?? [];
  expect(isRelayKey(stored, key)).toBe(true);
  using folder = mkdtempDisposableSync(join(tmpdir(), 'hash-key-'));
  const file = join(folder.path, 'key');
  writeFileSync(file, 'a-key-of-a-relay\n');
  await using fromFile = runTool(process.execPath, [cli, 'house', 'hash-key', '--file', file]);
  expect(isRelayKey((await fromFile.output).trim(), 'a-key-of-a-relay')).toBe(true);
});

test('a short key and a file without a key are refused, and not repeated', async () => {
  const args = ['house', 'hash-key', '--stdin'];
  await using short = runTool(process.execPath, [cli, ...args], { input: 'sesame' });
  expect((await short.exited).code).toBe(2);
  expect(short.stderr).toContain('expected a key of 16 to 512 characters');
  expect(short.stderr).not.toContain('sesame');
  await using missing = runTool(process.execPath, [cli, 'hash-key', '--file', '/nowhere/key']);
  expect((await missing.exited).code).toBe(2);
  expect(missing.stderr).toContain('/nowhere/key cannot be read: no such file or directory');
});
