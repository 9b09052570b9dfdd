import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hashKey } from '../../src/credentials/key-hash.ts';
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
