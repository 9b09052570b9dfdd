import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { openTerminal, type TestTerminal } from '../support/terminal.ts';
import { TestPlayer } from '../support/test-player.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streampump-ctl-'));
});
afterAll(() => rm(folder, { recursive: true }));

let sockets = 0;

/** A socket for one relay after the other. */
function freshSocket(): string {
  return join(folder, `${sockets++}.sock`);
}

function relayAt(socket: string): Promise<TestRelay> {
  return startRelay({ name: 'ottawa', admin: { socket } });
}

/** ffmpeg with the test media again and again. */
function publishForever(url: string): RunningTool {
  const input = ['-nostdin', '-v', 'error', '-re', '-stream_loop', '-1', '-i', bbbPath];
  return runTool('ffmpeg', [...input, '-c', 'copy', '-f', 'flv', url]);
}

/** `ctl top` in a terminal that shows `before` when it has its screen back. */
function openTop(socket: string, nodeOptions: readonly string[] = []): Promise<TestTerminal> {
  const words = [process.execPath, ...nodeOptions, cli, 'ctl', 'top', '--socket', socket];
  return openTerminal(['sh', '-c', 'echo before; exec "$@"', 'sh', ...words]);
}

const given = { isAlternate: false, hasCursor: true };

test('top shows a stream and its sessions live on screens of any size, and gives the terminal back', async () => {
  await using relay = await relayAt(freshSocket());
  await using _publisher = publishForever(relay.rtmpUrl('live/a'));
  await relay.published('live/a');
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(1);
  await using terminal = await openTop(relay.relay.settings.admin.socket ?? '');
  await terminal.waitFor(/^ottawa {2}ready .*\n[\s\S]*^live\/a +live +1 [\s\S]*\? help {2}q quit\n/m);
  expect(await terminal.state()).toEqual({ isAlternate: true, hasCursor: false });
  await terminal.resize(40, 15);
  await terminal.waitFor(/^STREAM +PLAYERS↓ +OUT\nlive\/a /m);
  await terminal.resize(120, 40);
  await terminal.waitFor(/CODECS[\s\S]*^live\/a .* avc1 mp4a /m);

  await terminal.press('Enter');
  await terminal.waitFor(/^c\d+ +player [\s\S]*publisher/m);
  await terminal.press('q');
  const left = await terminal.waitFor(/ended 0/);
  expect(left).toMatch(/^before$/m);
  expect(left).not.toMatch(/q quit/);
  expect(await terminal.state()).toEqual(given);
});

test('top says that the relay is away, and goes on by itself when it is back', async () => {
  const socket = freshSocket();
  {
    await using _relay = await relayAt(socket);
    await using terminal = await openTop(socket);
    await terminal.waitFor(/^ottawa {2}ready/m);
    await _relay.relay.close();
    await terminal.waitFor(/^ottawa {2}away for [\s\S]*no relay found: there is no socket/m);
    await using _back = await relayAt(socket);
    await terminal.waitFor(/^ottawa {2}ready[\s\S]*q quit/m);
    process.kill(await terminal.pid(), 'SIGTERM');
    expect(await terminal.waitFor(/ended 0/)).toMatch(/^before$/m);
    expect(await terminal.state()).toEqual(given);
  }
});

test('a fault in top gives the terminal back before it is told', async () => {
  await using relay = await relayAt(freshSocket());
  const planted = "data:text/javascript,process.on('SIGUSR2', () => { throw new Error('planted') })";
  await using terminal = await openTop(relay.relay.settings.admin.socket ?? '', ['--import', planted]);
  await terminal.waitFor(/q quit/);
  process.kill(await terminal.pid(), 'SIGUSR2');
  const left = await terminal.waitFor(/ended [1-9]/);
  expect(left).toMatch(/^before$/m);
  expect(left).toContain('planted');
  expect(await terminal.state()).toEqual(given);
});
