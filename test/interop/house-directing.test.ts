import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';
import { startHouse } from '../support/start-house.ts';
import { publishPattern } from '../support/test-pattern.ts';

test('relays get their sources from the house: one plays what another has, and is re-hung under a player', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-fleet-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, 'the-key-of-all-the-relays');
  const ports = new Map(
    await Promise.all(['a', 'b', 'c'].map(async (id) => [id, await freePort()] as const)),
  );
  const entry = (id: string, parent: string | null) => ({
    ...{ id, parent, key: 'the-key-of-all-the-relays' },
    urls: { rtmp: `rtmp://127.0.0.1:${ports.get(id)}` },
  });
  const roster = [entry('a', null), entry('b', null), entry('c', 'a')];
  await using test = await startHouse({ roster, config: { telemetryIntervalMs: 200 } });
  const start = async (id: string): Promise<RelayProcess> => {
    const house = {
      url: test.url('').replace(/\/$/, ''),
      id,
      keyFile,
      insecure: true,
      copyFile: join(folder, `${id}.json`),
    };
    const relay = await startRelayProcess({ rtmpPort: ports.get(id) ?? 0, config: { house } });
    await test.log.waitFor('relay-up', { id });
    return relay;
  };
  await using a = await start('a');
  await using b = await start('b');
  await using c = await start('c');
  await using _publisher = publishPattern(a.rtmpUrl('live/x'));
  const isRouted = () => test.house.fleet.report('a')?.streams.get('live/x')?.source === 'publisher';
  while (!isRouted()) await new Promise((resolve) => setImmediate(resolve));
  const play = (relay: RelayProcess, seconds: number) =>
    runTool('ffmpeg', [
      '-v',
      'error',
      '-i',
      relay.rtmpUrl('live/x'),
      '-t',
      String(seconds),
      '-map',
      '0:v',
      '-c',
      'copy',
      '-f',
      'framecrc',
      '-',
    ]);
  await using fromOther = play(b, 1);
  expect((await fromOther.output).split('\n').length).toBeGreaterThan(10);
  await using watching = play(c, 60);
  const seen = () =>
    watching.stdoutBuffer
      .toString()
      .split('\n')
      .filter((line) => /^0,.*,.*,/.test(line));
  await watching.waitForStdout(/\n0, +\d+/);
  expect((await c.upstreams()).map(({ url }) => url)).toEqual([`rtmp://127.0.0.1:${ports.get('a')}/live/x`]);
  const rehung = JSON.stringify([entry('a', null), entry('b', null), entry('c', 'b')]);
  await writeFile(join(test.folder, 'roster.json'), rehung);
  const other = `rtmp://127.0.0.1:${ports.get('b')}/live/x`;
  while (!(await c.upstreams()).some(({ url, state }) => url === other && state === 'flowing'));
  const before = seen().length;
  while (seen().length < before + 30) await new Promise((resolve) => setImmediate(resolve));
  const times = seen().map((line) => Number(line.split(',')[1]));
  expect(times).toEqual(times.toSorted((one, next) => one - next));
}, 60_000);
