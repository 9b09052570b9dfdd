import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { runTool } from '../support/run-tool.ts';

const soak = fileURLToPath(new URL('../../bench/soak.ts', import.meta.url));

test('players that come, go and stall leave neither memory nor descriptors behind, and nobody misses anything', async () => {
  const load = ['--minutes', '0.25', '--players', '60', '--churn', '20', '--slow', '5', '--media', bbbPath];
  await using tool = runTool(process.execPath, [soak, ...load], { timeLimitMs: 55_000 });
  const output = await tool.output;
  expect(output).toMatch(/"failed": 0,/);
  expect(output).toMatch(/open files: (\d+) before, \1 after\nsoak passed\n$/);
}, 60_000);
