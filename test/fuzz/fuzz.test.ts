import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from '../support/run-tool.ts';

const fuzz = fileURLToPath(new URL('fuzz.ts', import.meta.url));

test.concurrent.each([
  { args: ['--minute', '1'], says: /^Unknown option '--minute'.*\n$/ },
  { args: ['--minutes', 'five'], says: /^--minutes takes a number above 0\n$/ },
  { args: ['--seed', 'abc'], says: /^--seed takes a whole number\n$/ },
  { args: ['--target', 'none'], says: /^there is no target none; there are (?:[\w-]+, )+[\w-]+\n$/ },
])('$args is refused in a sentence, with exit code 2', async ({ args, says }) => {
  await using tool = runTool(process.execPath, [fuzz, ...args]);
  expect(await tool.exited).toEqual({ code: 2, signal: null });
  expect([tool.stdoutBuffer.toString(), tool.stderr]).toEqual(['', expect.stringMatching(says)]);
});
