import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLoop, TestBrowser } from '../support/browser.ts';
import { showWithVlc } from '../support/desktop-players.ts';
import { freePort } from '../support/free-port.ts';
import { type HouseProcess, startHouseProcess } from '../support/house-process.ts';
import { bbbPath } from '../support/media.ts';
import { contentOf, hashFile, hashFlv, hashPictures, readHashes, startHashing } from '../support/probe.ts';
import { playWithRtmpdump } from '../support/real-clients.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

/** Two relays have networks of their own, 127.0.1.x and 127.0.2.x with 127.0.0.x; the third takes publishers, and everybody else. */
const networks = {
  north: [{ cidr: '127.0.1.0/24', priority: 10 }],
  south: [
    { cidr: '127.0.2.0/24', priority: 10 },
    { cidr: '127.0.1.0/24', priority: 5 },
    { cidr: '127.0.0.0/24', priority: 5 },
  ],
  root: [{ cidr: '127.0.0.0/8', priority: 0 }],
} as const;
type RelayId = keyof typeof networks;
const ids = Object.keys(networks) as RelayId[];
const keyOf = (id: RelayId): string => `key-of-the-relay-${id}`;

const OFFLINE_AFTER_MS = 2000;
const held = new AsyncDisposableStack();
const ports = new Map<RelayId, { readonly rtmpPort: number; readonly httpPort: number }>();
const relays = new Map<RelayId, RelayProcess>();
let house: HouseProcess;
let browser: TestBrowser;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-fleet-'));
  held.defer(() => rm(folder, { recursive: true, force: true }));
  for (const id of ids) ports.set(id, { rtmpPort: await freePort(), httpPort: await freePort() });
  const roster = ids.map((id) => ({
    ...{ id, key: keyOf(id), networks: networks[id], parent: id === 'root' ? null : 'root' },
    limits: { players: id === 'north' ? 2 : null, sentBitsPerSecond: null },
    urls: {
      rtmp: `rtmp://127.0.0.1:${ports.get(id)?.rtmpPort}`,
      http: `http://127.0.0.1:${ports.get(id)?.httpPort}`,
    },
  }));
  const config = {
    ...{ telemetryIntervalMs: 300, offlineAfterMs: OFFLINE_AFTER_MS, stickyMs: 0, reserveMs: 1000 },
    ...{ permits: { houseOnly: true }, http: { listStreams: true, rtmpt: true } },
  };
  house = held.use(await startHouseProcess({ config, roster }));
  const starting = ids.map(async (id) => {
    const keyFile = join(folder, `${id}.key`);
    await writeFile(keyFile, keyOf(id), { mode: 0o600 });
    const url = house.url('').replace(/\/$/, '');
    const link = { url, id, keyFile, insecure: true, copyFile: join(folder, `${id}.json`) };
    relays.set(id, held.use(await startRelayProcess({ ...ports.get(id), config: { house: link } })));
    await house.waitForLog(new RegExp(`"event":"relay-up"[^\\n]*"${id}"`));
  });
  const launching = TestBrowser.launch();
  await Promise.all(starting);
  browser = held.use(await launching);
  held.use(publishLoop(house.rtmpUrl('live/cam1')));
  await relays.get('root')?.waitForLog(/"event":"publish".*live\/cam1/);
}, 60_000);

afterAll(() => held.disposeAsync());

/** Asks as a client of that address. @returns the head of the answer */
async function curl(address: string, path: string, ...options: string[]): Promise<string> {
  const head = ['-s', '-o', '/dev/null', '-D', '-', '--interface', address];
  return await runTool('curl', [...head, ...options, house.url(path)]).output;
}

/** Where the house sends a player that comes from an address: a relay, or the status. */
async function whereFrom(address: string): Promise<string> {
  const head = await curl(address, '/live/cam1.flv', '--head');
  const [, port] = /^location: http:\/\/127\.0\.0\.1:(\d+)\//im.exec(head) ?? [];
  const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
  return ids.find((id) => String(ports.get(id)?.httpPort) === port) ?? status;
}

/** Plays from an address until it is ended, by the redirection. */
function playFrom(address: string): RunningTool {
  const url = house.url('/live/cam1.flv?uid=filler');
  return runTool('curl', ['-sLN', '-o', '/dev/null', '--interface', address, url]);
}

async function drain(id: RelayId, draining: boolean): Promise<void> {
  const headers = { ...house.token, 'content-type': 'application/json' };
  const init = { method: 'PATCH', headers, body: JSON.stringify({ draining }) };
  expect((await fetch(house.url(`/api/v1/relays/${id}`), init)).status).toBe(200);
}

test('curl is redirected by its network, a publisher keeps its method, and nothing else goes along than is to', async () => {
  const head = await curl('127.0.1.7', '/live/cam1.flv?uid=7&permit=forged');
  expect(head).toMatch(/^HTTP\/1\.1 302 Found\r\n/);
  expect(head).toMatch(/^cache-control: no-store\r$/im);
  expect(head).toMatch(/^access-control-allow-origin: \*\r$/im);
  const { httpPort } = ports.get('north') ?? {};
  expect(head).toMatch(
    new RegExp(`^location: http://127.0.0.1:${httpPort}/live/cam1\\.flv\\?uid=7&permit=[\\w-]+\r$`, 'im'),
  );
  expect(await curl('127.0.3.1', '/live/b.flv', '-X', 'PUT')).toMatch(
    /^HTTP\/1\.1 307 Temporary Redirect\r\n/,
  );
  const direct = await fetch(relays.get('north')?.flvUrl('live/cam1') ?? '');
  expect([direct.status, await direct.text()]).toEqual([403, expect.stringContaining('ask the house')]);
});

test('ffmpeg, rtmpdump and VLC play the source frame by frame, by redirection and through the proxy', async () => {
  const source = new Set(contentOf((await hashFile(bbbPath)).video));
  await using byHttp = startHashing(house.url('/live/cam1.flv'));
  await using byRtmp = startHashing(house.rtmpUrl('live/cam1'));
  await using byRtmpt = startHashing(house.url('/live/cam1').replace('http:', 'rtmpt:'));
  await using dump = playWithRtmpdump(house.rtmpUrl('live/cam1'), '--live');
  await using vlc = await showWithVlc(house.url('/live/cam1.flv'), 2);
  const videoOf = (tool: RunningTool) => readHashes(tool.stdoutBuffer.toString()).video;
  for (const tool of [byHttp, byRtmp, byRtmpt])
    await expect.poll(() => videoOf(tool).length, { timeout: 10_000 }).toBeGreaterThan(40);
  const dumped = async () => (await hashFlv(dump.stdoutBuffer)).video.slice(0, -1); // the last may be cut
  await expect.poll(async () => (await dumped()).length, { timeout: 10_000 }).toBeGreaterThan(40);
  const got = {
    'ffmpeg over HTTP': videoOf(byHttp),
    'ffmpeg over RTMP': videoOf(byRtmp),
    'ffmpeg over RTMPT': videoOf(byRtmpt),
    rtmpdump: await dumped(),
  };
  for (const [name, frames] of Object.entries(got)) {
    expect(frames.length, name).toBeGreaterThan(30);
    expect(
      contentOf(frames).filter((frame) => !source.has(frame)),
      name,
    ).toEqual([]);
  }
  const pictures = new Set(await hashPictures(bbbPath));
  const shown = await vlc.shown();
  expect(new Set(shown).size).toBeGreaterThan(25);
  expect(shown.filter((picture) => !pictures.has(picture))).toEqual([]);
}, 30_000);

test('the watch page plays from the relay that it was told, and lists what the fleet has', async () => {
  await using shown = await browser.page();
  await shown.page.goto(`${house.url('/watch/live/cam1')}?uid=42`);
  await shown.state('live');
  await shown.plays(20, 1);
  expect(shown.hosts).toEqual([`127.0.0.1:${house.httpPort}`, `127.0.0.1:${ports.get('south')?.httpPort}`]);
  expect(await shown.page.getAttribute('body', 'data-transport')).toBe('WebSocket');
  expect(shown.problems).toEqual([]);
  const list = await fetch(house.url('/watch.json'));
  expect(await list.json()).toMatchObject({ streams: ['live/cam1'], more: 0 });
});

test('a relay is filled, drained, killed: the next go where the rules say', async () => {
  await using _first = playFrom('127.0.1.1');
  await using _second = playFrom('127.0.1.2');
  await expect.poll(() => whereFrom('127.0.1.3'), { timeout: 5000 }).toBe('south'); // north is full
  expect(await whereFrom('127.0.2.3')).toBe('south');
  await drain('south', true);
  expect(await whereFrom('127.0.1.3')).toBe('root');
  expect(await whereFrom('127.0.2.3')).toBe('root');
  await drain('south', false);
  await expect.poll(() => whereFrom('127.0.2.3'), { timeout: 5000 }).toBe('south');
  await using shown = await browser.page();
  await shown.page.goto(house.url('/watch/live/cam1'));
  await shown.state('live');
  relays.get('south')?.tool.kill('SIGKILL');
  const killedAt = performance.now();
  await expect.poll(() => whereFrom('127.0.2.3'), { timeout: 10_000, interval: 50 }).toBe('root');
  expect(performance.now() - killedAt).toBeLessThan(OFFLINE_AFTER_MS + 2000);
  const root = `127.0.0.1:${ports.get('root')?.httpPort}`;
  await expect.poll(() => shown.hosts, { timeout: 10_000 }).toContain(root); // the page has asked again
  await shown.state('live');
  await shown.plays(20, 1);
}, 30_000);
