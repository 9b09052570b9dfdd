// Makes the picture of the status page in docs/ anew: runs a relay with some streams and players, and looks at it for two minutes.
// Needs ffmpeg and Chromium. Arguments: where the picture goes, and how many seconds to look.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const [picture = join(root, 'docs', 'status-page.png'), seconds = '120'] = process.argv.slice(2);
const cli = [join(root, 'src', 'cli.ts')];
const film = join(root, 'test', 'fixtures', 'bbb.flv');
const [rtmp, http, admin, target] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
const folder = await mkdtemp(join(tmpdir(), 'streampump-screenshot-'));
const children = [];

function run(command, ...args) {
  const child = spawn(command, args, { stdio: 'ignore' });
  children.push(child);
  return child;
}

function publish(port, key, ...coding) {
  const source = ['-v', 'error', '-re', '-stream_loop', '-1', '-i', film];
  run('ffmpeg', ...source, ...coding, '-f', 'flv', `rtmp://127.0.0.1:${port}/${key}`);
}

function play(key, players, ...how) {
  const load = [
    'load',
    `http://127.0.0.1:${http}/${key}.flv`,
    '--players',
    players,
    '--ramp',
    '3',
    '--duration',
    '600',
    ...how,
  ];
  run(process.execPath, ...cli, ...load.map(String));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilItAnswers(url) {
  while (!(await fetch(url).catch(() => undefined))?.ok) await sleep(200);
}

async function relay(name, config) {
  const file = join(folder, `${name}.json`);
  await writeFile(
    file,
    JSON.stringify({ name, log: { level: 'error' }, admin: { socket: null }, ...config }),
  );
  run(process.execPath, ...cli, 'relay', '--config', file);
}

try {
  const local = (port) => ({ host: '127.0.0.1', port });
  await relay('halifax', { listen: { rtmp: local(target), http: null, admin: null } });
  await relay('ottawa', {
    listen: { rtmp: local(rtmp), http: local(http), admin: local(admin) },
    limits: { sessions: 500 },
    streams: [
      {
        match: 'tv/**',
        source: { type: 'pull', urls: [`rtmp://127.0.0.1:${target}/live/{name}`], start: 'onDemand' },
      },
      { match: 'live/stage', source: { type: 'push' }, forward: [`rtmp://127.0.0.1:${target}/live/{name}`] },
      { match: 'live/**', source: { type: 'push' } },
    ],
  });
  await untilItAnswers(`http://127.0.0.1:${admin}/readyz`);
  const copy = ['-c', 'copy'];
  const small = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-vf',
    'scale=320:-2',
    '-b:v',
    '250k',
    '-g',
    '100',
    '-c:a',
    'copy',
  ];
  publish(rtmp, 'live/stage', ...copy);
  publish(rtmp, 'live/keynote', ...copy);
  publish(rtmp, 'live/backstage', ...small);
  publish(target, 'live/harbour', ...copy);
  publish(rtmp, 'live/radio', '-vn', '-c:a', 'copy');
  await sleep(3000);
  play('live/stage', 240, '--churn', 3);
  play('live/keynote', 120);
  play('tv/harbour', 60);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ colorScheme: 'light', viewport: { width: 1280, height: 985 } });
  await page.goto(`http://127.0.0.1:${admin}/`);
  await page.getByText('live/stage').first().waitFor();
  await sleep(Number(seconds) * 1000);
  await page.screenshot({ path: join(folder, 'page.png') });
  await browser.close();
  const few =
    'split[a][b];[a]palettegen=max_colors=128:reserve_transparent=0[p];[b][p]paletteuse=dither=none';
  const packing = run(
    'ffmpeg',
    '-y',
    '-v',
    'error',
    '-i',
    join(folder, 'page.png'),
    '-vf',
    few,
    '-frames:v',
    '1',
    picture,
  );
  await once(packing, 'exit');
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
}
