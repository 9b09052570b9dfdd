import { execFileSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { buildNative, type NativePrograms } from '../../bench/compare/native.ts';
import { startServer } from '../../bench/compare/running-server.ts';
import type { PlayersReport } from '../../bench/compare/sample.ts';
import { kernelFloor } from '../../bench/compare/servers/kernel-floor.ts';
import { FlvTagReader } from '../../src/protocol/flv/flv-tag-reader.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { RawHttp } from '../support/http-client.ts';
import { bbbPath } from '../support/media.ts';
import { temporaryFolder } from '../support/packages.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const FLOOR_BYTES_PER_SECOND = 272_500;

let programs: NativePrograms;
beforeAll(async () => {
  const folder = await temporaryFolder();
  programs = buildNative(folder.path);
  return () => folder[Symbol.asyncDispose]();
}, 60_000);

test('the programs that measure publish, play over each wire, and count what they get', async () => {
  await using folder = await temporaryFolder();
  await using certificates = await CertificateFolder.make();
  const { certFile, keyFile } = await certificates.certificate('relay');
  const tls = { host: '127.0.0.1', port: 0, certFile, keyFile };
  await using relay = await startRelay({ listen: { rtmps: tls, https: tls } });
  const options = ['--path', '/live/s%d', '--streams', '3'];
  await using publishers = runTool(programs.publishers, [
    ...['--port', String(relay.port('rtmp')), ...options, '--file', bbbPath],
    ...['--warm-up', '0', '--seconds', '0.5', '--pid', String(process.pid)],
  ]);
  await publishers.waitForStdout(/^\{"streams":3\}\n/);

  const play = async (port: number, ...args: string[]): Promise<PlayersReport> => {
    const times = ['--players', '3', '--probes', '2', '--warm-up', '0', '--seconds', '1'];
    await using players = runTool(programs.players, [
      ...['--port', String(port), ...times, '--pid', String(process.pid), ...args],
    ]);
    return JSON.parse(await players.output);
  };
  const flv = ['--path', '/live/s%d.flv', '--streams', '3', '--http'];
  const reports = await Promise.all([
    play(relay.port('rtmp'), ...options),
    play(relay.port('rtmps'), ...options, '--tls'),
    play(relay.port('http'), ...flv),
    play(relay.port('https'), ...flv, '--tls', '--handshakes', '20'),
  ]);
  for (const report of reports) {
    expect(report).toMatchObject({ playing: 3, failed: 0, closed: 0, lost: 0, corrupt: 0, fault: '' });
    expect(report.cpu_seconds).toBeGreaterThan(0);
    expect(report.latency_ms?.p50).toBeGreaterThan(0);
  }
  expect(reports[3]).toMatchObject({ failed_handshakes: 0, handshake_ms: { count: expect.any(Number) } });
  await publishers.waitForStdout(/\n\{"streams":3,.*"messages":[1-9]/);

  const server = kernelFloor(programs.kernelFloor, FLOOR_BYTES_PER_SECOND);
  await using floor = await startServer(server, { ...tls, folder: folder.path, pemFile: certFile });
  const port = floor.place.ports['http-flv'];
  const bare = await play(port, '--path', '/live/any.flv', '--http', '--probes', '0');
  expect(bare).toMatchObject({ playing: 3, failed: 0, latency_ms: null });
  expect(bare.bits_per_second).toBeGreaterThan(0);
  const aSecond = new Array(10).fill({ type: 9, bytes: FLOOR_BYTES_PER_SECOND / 10 }); // a window has 100 ms
  expect(await firstTags(port, 10)).toEqual(aSecond);
});

/** What a server writes first, whole tags with their PreviousTagSize. */
async function firstTags(port: number, count: number): Promise<{ type: number; bytes: number }[]> {
  await using http = await RawHttp.open(port);
  http.send('GET /live/any.flv HTTP/1.1\nHost: localhost\n\n');
  const tags = await http.until(() => {
    const reader = new FlvTagReader({ maxTagBytes: 2 ** 20 });
    reader.push(http.bytes.subarray(http.bytes.indexOf('FLV')));
    const come = [...reader.tags()];
    return come.length < count ? null : come.slice(0, count);
  }, `${count} tags`);
  return tags.map(({ type, payload }) => ({ type, bytes: 11 + payload.length + 4 }));
}

test('players of a recording say how far ahead of its pace they are', async () => {
  await using folder = await temporaryFolder();
  await using relay = await startRelay({
    recordings: { folder: folder.path, minFreeBytes: 0 },
    streams: [{ match: '**', source: { type: 'push' }, record: 'always' }],
    access: { rules: [{ match: 'recordings/**', verbs: ['playback'] }] },
    publish: { graceMs: 0 },
  });
  const port = ['--port', String(relay.port('rtmp'))];
  {
    const media = ['--path', '/live/test', '--file', bbbPath, '--warm-up', '2', '--seconds', '0.5'];
    await using publishers = runTool(programs.publishers, [...port, ...media]);
    await publishers.waitForStdout(/\n\{"streams":1,.*"messages":[1-9]/);
  }
  const { fields } = await relay.log.waitFor('recording', { outcome: 'finished' });
  const times = ['--players', '2', '--probes', '2', '--warm-up', '0', '--seconds', '0.5'];
  await using players = runTool(programs.players, [
    ...[...port, '--path', `/${fields['recording']}`, '--recorded', ...times],
  ]);
  const report = JSON.parse(await players.output) as PlayersReport;
  expect(report).toMatchObject({ playing: 2, lost: 0, corrupt: 0, latency_ms: null, late_players: 0 });
  expect(report.late_ms?.p50).toBeLessThan(-500);
});

test('players that are refused or find nothing say so, with exit code 1', async () => {
  const port = await freePort();
  const args = ['--port', String(port), '--path', '/live/none', '--players', '2', '--warm-up', '0'];
  expect(() => execFileSync(programs.players, [...args, '--seconds', '0.2'], { stdio: 'pipe' })).toThrow(
    expect.objectContaining({ status: 1, stdout: expect.anything() }),
  );
});
