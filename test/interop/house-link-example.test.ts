import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readText } from '../support/markdown.ts';
import { runTool } from '../support/run-tool.ts';
import { startHouse } from '../support/start-house.ts';

const example = fileURLToPath(new URL('../../examples/house-link.mjs', import.meta.url));

test('a relay that was written from the docs alone, in 100 lines, links up, reports and does what it is told', async () => {
  expect(readText('examples/house-link.mjs').trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  const roster = [{ id: 'a', key: 'key-of-the-relay-a', urls: { rtmp: 'rtmp://a.example' } }];
  await using test = await startHouse({ roster, config: { telemetryIntervalMs: 100 } });
  const { house, log, url, folder } = test;
  const keyFile = join(folder, 'a.key');
  await writeFile(keyFile, 'key-of-the-relay-a\n');
  await using relay = runTool(process.execPath, [example, url(''), 'a', keyFile]);
  await log.waitFor('relay-up', { id: 'a' });
  await relay.waitForStdout('** is published here');
  expect([...house.fleet.players({ uid: 'ann' })]).toMatchObject([{ player: 'a/s1', stream: 'live/cam1' }]);
  const left = new Promise((resolve) =>
    house.fleet.follow((event) => event.what === 'left' && resolve(event)),
  );
  const nobody = { session: null, identity: null, address: null, stream: null };
  const kicked = await house.links.order('a', { ...nobody, type: 'kick', uid: 'ann', reason: 'goodbye' });
  expect(kicked).toMatchObject({ problem: null, ended: 1 });
  expect(await left).toMatchObject({ player: { player: 'a/s1' }, reason: 'kicked' });
  await house.store.decide((decisions) => ({ ...decisions, draining: ['a'] }));
  await relay.waitForStdout('drains, players may go to');
  while (house.fleet.report('a')?.state !== 'draining') await new Promise((resolve) => setImmediate(resolve));
  expect(log.find('link', { reason: 'invalid' })).toEqual([]);
}, 30_000);
