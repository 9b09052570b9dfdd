import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdminClient } from '../../src/commands/ctl/api/admin-client.ts';
import { type PlaceOptions, relayPlace } from '../../src/commands/ctl/api/relay-place.ts';
import type { RelayStatus } from '../../src/service/admin/relay-status.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { bbbPath } from '../support/media.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { openTerminal, type TestTerminal } from '../support/terminal.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

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

test('top shows a stream and its sessions live on screens of any size, kicks one, and gives the terminal back', async () => {
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
  const [, id = ''] =
    /^(c\d+) +player /m.exec(await terminal.waitFor(/^c\d+ +player [\s\S]*publisher/m)) ?? [];
  await terminal.press('/', ...'player', 'Enter', 'k');
  await terminal.waitFor(new RegExp(`^Kick ${id} \\(player, 127\\.0\\.0\\.1\\)\\?`, 'm'));
  await terminal.press('y');
  await terminal.waitFor(/1 session has ended/);
  await player.closed;

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

test('a relay is told to read its configuration again and to drain, and the command waits until it has ended', async () => {
  const socket = freshSocket();
  await using relay = await startRelayProcess({ config: { admin: { socket } } });
  await using _publisher = await TestPublisher.start(relay.rtmpPort, 'live/a');
  const ctl = async (...args: readonly string[]): Promise<string> => {
    await using tool = runTool(process.execPath, [cli, 'ctl', ...args, '--socket', socket]);
    return await tool.output;
  };
  expect(await ctl('reload')).toBe('the configuration was read again\n');
  expect(await ctl('drain', '--wait', '--timeout', '2s')).toMatch(
    /^\S+ is draining: .*\n1 session left, .*\nit has ended after \ds\n$/,
  );
  expect(await relay.tool.exited).toEqual({ code: 0, signal: null });
});

test('asks a relay by HTTPS with a token, trusts whom it is told to, and nobody without', async () => {
  await using certificates = await CertificateFolder.make();
  const { certFile, keyFile } = await certificates.certificate('relay', { names: 'IP:127.0.0.1' });
  const tokenFile = join(folder, 'alice.token');
  await writeFile(tokenFile, 'a-token-of-alice\n');
  await using relay = await startRelay({
    name: 'ottawa',
    listen: { admin: { host: '127.0.0.1', port: 0, certFile, keyFile } },
    admin: { socket: null, tokens: [{ name: 'alice', role: 'read', file: tokenFile }] },
  });
  const url = `https://127.0.0.1:${relay.port('admin')}`;
  const ask = (options: PlaceOptions): Promise<RelayStatus> =>
    new AdminClient(relayPlace({ url, ...options })).get<RelayStatus>('relay');
  expect(await ask({ caFile: certFile, tokenFile })).toMatchObject({ name: 'ottawa', readiness: 'ready' });
  await expect(ask({ tokenFile })).rejects.toThrow(/: --ca-file says whom to trust$/);

  const wrong = join(folder, 'wrong.token');
  await writeFile(wrong, 'a-guess\n');
  await expect(ask({ caFile: certFile, tokenFile: wrong })).rejects.toThrow(/give a token with --token-file/);
});
