import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeCommand } from '../../../src/protocol/rtmp/message/command-message.ts';
import { ethernet, ipv4, pcap, tcp } from '../../support/capture-maker.ts';
import { audioFrame, chunks, handshake, recorded, videoFrame } from '../../support/inspect-scene.ts';
import { probeFlv } from '../../support/probe.ts';
import { type RunningTool, runTool } from '../../support/run-tool.ts';

const cliPath = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

function inspect(...args: string[]): RunningTool {
  return runTool(process.execPath, [cliPath, 'inspect', ...args]);
}

/** A capture of what a client says, in segments of 1000 bytes, of which one may be missing. */
function captureOf(said: Buffer, lost = -1): Buffer {
  const segments = [tcp({ sequence: 0, flags: ['syn'] })];
  for (let at = 0; at < said.length; at += 1000)
    if (at !== lost) segments.push(tcp({ sequence: 1 + at, payload: said.subarray(at, at + 1000) }));
  return pcap(segments.map((segment) => ethernet(ipv4(segment))));
}

const frames = Array.from({ length: 30 }, (_, i) => [
  chunks({ type: 9, timestamp: 40 * i }, videoFrame(300, i % 10 === 0)),
  chunks({ type: 8, timestamp: 40 * i }, audioFrame(80)),
]).flat();
const session = Buffer.concat([handshake, ...frames]);

test('lines for people, JSON, statistics and files of what is inside', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-inspect-'));
  const good = join(folder.path, 'good.pcap');
  const broken = join(folder.path, 'broken.pcap');
  const evil = join(folder.path, 'evil.to-server');
  writeFileSync(good, captureOf(session));
  writeFileSync(broken, captureOf(session, 5000));
  writeFileSync(evil, Buffer.concat([handshake, chunks({ type: 20 }, encodeCommand('\x1b[2Jcall\n', 0))]));
  const flv = join(folder.path, 'nms.bin');
  writeFileSync(flv, recorded('http-pull-nms.to-client'));
  await using tools = new AsyncDisposableStack();
  const run = (...args: string[]): RunningTool => tools.use(inspect(...args));
  const lines = run(good);
  const json = run('--json', good);
  const statistics = run('--stats', broken);
  const escaped = run(evil);
  const extracting = run('--stats', '--extract', join(folder.path, 'out.flv'), good, flv);
  const missing = run(join(folder.path, 'none'), good);
  const overwriting = run('--extract', flv, flv);
  symlinkSync('/dev/full', join(folder.path, 'full.flv'));
  const full = run('--extract', join(folder.path, 'full.flv'), flv);

  expect(await lines.output).toMatch(
    /\n +5\.000 {2}1> +4,697 {2}video +fmt 0 cs 6 ms 1 type 9 300 B t 160 in 3 chunks {2}inter frame, avc1, 295 B\n/,
  );
  const records = (await json.output)
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(records[0]).toEqual({
    is: 'flow',
    flow: '1>',
    offset: 0,
    timeMs: expect.any(Number),
    source: good,
    from: '1.2.3.4:50000',
    to: '192.0.2.1:1935',
    protocol: 'rtmp',
  });
  expect(records.filter(({ is }) => is === 'message')).toHaveLength(60);

  expect(await statistics.exited).toMatchObject({ code: 1 });
  const shown = statistics.stdoutBuffer.toString();
  expect(shown).toMatch(/fault +1000 bytes are not in the capture/);
  expect(shown).toMatch(/reads on +as rtmp, [\d,]+ bytes later: certain, several headers fit/);
  expect(shown).toMatch(/keyframes +\d, every/);
  expect(shown).toMatch(/TCP +0 segments came twice .* 1 gaps \(1000 B not in the capture\)/);

  const text = await escaped.output;
  expect(text).toContain('\\x1b[2Jcall\\x0a');
  expect(text).not.toContain('\x1b');

  expect((await extracting.exited).code).toBe(0);
  expect(extracting.stderr).toMatch(
    /wrote .*out\.flv: 1> message stream 1\nwrote .*out-2\.flv: 2\.1 message/,
  );
  expect(readdirSync(folder.path).filter((name) => name.startsWith('out'))).toEqual(['out-2.flv', 'out.flv']);
  const { codecs } = await probeFlv(readFileSync(join(folder.path, 'out-2.flv')));
  expect(codecs).toEqual(['aac', 'h264']);

  expect(await missing.exited).toMatchObject({ code: 1 });
  expect(missing.stderr).toMatch(/cannot read .*none: no such file or directory/);
  expect(missing.stdoutBuffer.toString()).toContain(await lines.output); // the others are read all the same
  expect(await overwriting.exited).toMatchObject({ code: 1 });
  expect(overwriting.stderr).toMatch(/cannot write .*nms\.bin: it is being read/);
  expect(readFileSync(flv).equals(recorded('http-pull-nms.to-client'))).toBe(true);
  expect(await full.exited).toMatchObject({ code: 1 });
  expect(full.stderr).toMatch(/^[^\n]*cannot write .*full\.flv: no space left on device\n$/);
}, 60_000);

test('connections that are passed on to a server are shown as they happen', async () => {
  const heard: Buffer[] = [];
  await using server = createServer((socket) => {
    socket.on('data', (bytes: Buffer) => heard.push(bytes));
    socket.on('end', () => socket.end(session));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using tool = inspect('--json', '--listen', '127.0.0.1:0', '--to', `127.0.0.1:${port}`);
  const [, listening = ''] = await tool.waitForStderr(/listening 127\.0\.0\.1:(\d+)/);
  const client = connect({ port: Number(listening), host: '127.0.0.1', allowHalfOpen: true });
  client.end(session);
  const got: Buffer[] = [];
  client.on('data', (bytes: Buffer) => got.push(bytes));
  await once(client, 'close');
  expect(Buffer.concat(got).equals(session)).toBe(true);
  expect(Buffer.concat(heard).equals(session)).toBe(true);
  await tool.waitForStdout(/"is":"end","flow":"1<"/);
  await tool.waitForStdout(/"is":"end","flow":"1>"/);
  tool.kill('SIGTERM');
  expect(await tool.exited).toMatchObject({ code: 0 });
  const messages = tool.stdoutBuffer
    .toString()
    .split('\n')
    .filter((text) => text.includes('"is":"message"'));
  expect(messages).toHaveLength(2 * 60);
}, 30_000);

test.each([
  { args: [], problem: /expected either files or --listen/ },
  { args: ['--listen', '0', 'file'], problem: /expected either files or --listen/ },
  { args: ['--to', '1935', 'file'], problem: /expected --listen with --to/ },
  { args: ['--listen', 'x', '--to', '1'], problem: /Expected a port/ },
])('wrong usage $args is told', async ({ args, problem }) => {
  await using tool = inspect(...args);
  expect(await tool.exited).toMatchObject({ code: 2 });
  expect(tool.stderr).toMatch(problem);
});
