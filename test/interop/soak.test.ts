import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { SoakReport } from '../../bench/soak/soak-report.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';

const soak = fileURLToPath(new URL('../../bench/soak/soak.ts', import.meta.url));

test('players and publishers of every protocol that come, go and change leave nothing behind: no heap, no session, no stream', async () => {
  await using folder = await temporaryFolder();
  const load = ['--rounds', '8', '--visits', '24', '--at-once', '--only', 'sources,reload', '--cores', '2'];
  await using tool = runTool(process.execPath, [soak, ...load, '--out', folder.path], {
    timeLimitMs: 175_000,
  });
  await tool.exited;
  const report = JSON.parse(await readFile(join(folder.path, 'soak.json'), 'utf8')) as SoakReport;
  const [relay] = report.relays;
  const judged = relay?.verdicts.map(({ figure, judgement }) => ({ figure, grows: judgement === 'grows' }));
  for (const figure of ['heap', 'external', 'arrayBuffers', 'sessions', 'streams'])
    expect(judged).toContainEqual({ figure, grows: false });
  expect(relay?.samples.at(-1)?.figures).toMatchObject({ sessions: 0, streams: 0 });
  expect(relay?.guests.opened).toBeGreaterThanOrEqual(8 * 24);
  expect(relay?.steady).toEqual({ failed: 0, missing: 0 });
  expect(relay?.complaints).toEqual([]);
}, 180_000);
