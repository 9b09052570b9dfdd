import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from '../support/run-tool.ts';

const cliPath = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test.each([
  {
    what: 'wrong usage',
    args: ['rtmp://127.0.0.1:1/live/a', '--players', 'many'],
    code: 2,
    said: 'a whole number',
  },
  {
    what: 'a test that has failed',
    args: ['rtmp://127.0.0.1:1/live/a', '--players', '1'],
    code: 1,
    said: 'cannot connect: ECONNREFUSED',
  },
  {
    what: 'a test that cannot be run',
    args: ['rtmp://127.0.0.1:1/live/a', '--publish', '/nowhere/a.flv'],
    code: 1,
    said: 'cannot publish /nowhere/a.flv',
  },
])('$what ends with code $code and a word why', async ({ args, code, said }) => {
  await using load = runTool(process.execPath, [cliPath, 'load', ...args]);
  expect(await load.exited).toEqual({ code, signal: null });
  expect(load.stdoutBuffer.toString() + load.stderr).toContain(said);
});
