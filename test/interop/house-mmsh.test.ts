import { afterAll, beforeAll, expect, test } from 'vitest';
import { AsfAudience, asfPlayers, expectWhole } from '../support/asf-players.ts';
import { showListWithMplayer } from '../support/desktop-players.ts';
import { startFleet, type TestFleet } from '../support/fleet/start-fleet.ts';
import { temporaryFolder } from '../support/packages.ts';
import { readHashes } from '../support/probe.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { makeFilmFile } from '../support/wms/asf-film.ts';

/** A player for each thing that the house can do with one, and how it gets to the relay. */
const players = [
  { name: 'ffmpeg, mmsh://', comes: 'redirected' },
  { name: 'ffmpeg, http://', comes: 'redirected' },
  { name: 'VLC, mms://', comes: 'redirected' },
  { name: 'MPlayer, mmsh://', comes: 'brought' },
  { name: 'MPlayer, http://', comes: 'by the list' },
  { name: 'libmms, mmsh://', comes: 'brought' },
] as const;

const held = new AsyncDisposableStack();
let fleet: TestFleet;
let film: string;
/** MD5 of the film's pictures. */
let pictures: readonly string[];

beforeAll(async () => {
  const folder = held.use(await temporaryFolder());
  film = await makeFilmFile(folder.path, 'film.asf', { seconds: 10 });
  const args = ['-v', 'error', '-i', film, '-map', '0:v', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p'];
  const hashes = await runTool('ffmpeg', [...args, '-f', 'framemd5', '-']).output;
  pictures = readHashes(hashes).video.map(({ hash }) => hash);
  const networks = [{ cidr: '127.0.0.0/8', priority: 1 }];
  const edge = { id: 'edge', roster: { parent: 'root', networks } };
  fleet = held.use(await startFleet([{ id: 'root' }, edge], { permits: { houseOnly: true } }));
  await fleet.house.log.waitFor('relay-up', {}, { count: 2 });
}, 60_000);

afterAll(() => held.disposeAsync());

/** Publishes the film in real time to the relay to which the house sends whoever does. */
async function publish(path: string): Promise<RunningTool> {
  const { status, headers } = await fetch(fleet.house.url(path), { method: 'PUT', redirect: 'manual' });
  const place = headers.get('location') ?? '';
  expect([status, new URL(place).port]).toEqual([307, String(fleet.relay('root').port('http'))]);
  const input = ['-nostdin', '-v', 'error', '-re', '-i', film, '-c', 'copy'];
  return runTool('ffmpeg', [...input, '-f', 'asf', '-method', 'PUT', place]);
}

test('each player gets to its relay in its own way, and shows what is published at another one', async () => {
  const { house } = fleet;
  const [edge, root] = [fleet.relay('edge'), fleet.relay('root')];
  await using publisher = await publish('/streams/cam1.asf');
  await root.log.waitFor('publish', { stream: 'streams/cam1' });
  const at = `127.0.0.1:${house.port('http')}/streams/cam1`;
  const audience = players.flatMap(({ name, comes }) => {
    const [player] = asfPlayers.filter((one) => one.name === name);
    if (player === undefined) return [];
    return comes === 'by the list'
      ? { ...player, show: showListWithMplayer, url: (place: string) => `http://${place}.asx` }
      : player;
  });
  await using watching = await AsfAudience.start(at, audience);
  expect(watching.size).toBe(players.length);
  await edge.log.waitFor('play', { stream: 'streams/cam1' }, { count: players.length });
  const brought = players.filter(({ comes }) => comes === 'brought');
  await house.log.waitFor('play', { stream: 'streams/cam1' }, { count: brought.length });
  await publisher.output;
  expect(root.log.find('play').map(({ fields }) => fields['protocol'])).toEqual(['mmsh']);
  for (const { player, pictures: shown } of await watching.shown()) {
    expectWhole(player, shown, pictures);
  }
  const sent = house.log.find('refused').filter(({ fields }) => fields['reason'] === 'redirected');
  expect(sent.map(({ fields }) => fields['protocol'])).toContain('asf-http');
  expect(house.log.find('play').map(({ text }) => text)).toEqual(
    brought.map(() => 'is brought to relay edge for streams/cam1'),
  );
}, 40_000);

test('an encoder that pushes is told the place for that', async () => {
  const headers = { 'content-type': 'application/x-wms-pushsetup', cookie: 'push-id=0' };
  const request = { method: 'POST', headers, redirect: 'manual' } as const;
  const answer = await fetch(fleet.house.url('/streams/cam2_push'), request);
  expect(answer.status).toBe(307);
  expect(answer.headers.get('location')).toMatch(
    `http://127.0.0.1:${fleet.relay('root').port('http')}/streams/cam2_push?permit=`,
  );
});

test('a list has the addresses at the relay, with what lets in there', async () => {
  const response = await fetch(fleet.house.url('/streams/cam1.asx?uid=7'));
  const { port } = new URL(fleet.relay('edge').flvUrl('x'));
  const urls = Array.from((await response.text()).matchAll(/href="([^"]+)"/g), ([, url = '']) => url);
  expect(urls).toEqual([
    expect.stringMatching(`^mmsh://127.0.0.1:${port}/streams/cam1\\?uid=7&permit=`),
    expect.stringMatching(`^http://127.0.0.1:${port}/streams/cam1\\?uid=7&permit=`),
  ]);
});
