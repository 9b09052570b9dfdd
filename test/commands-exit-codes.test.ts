import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CertificateFolder, type TestCertificate } from './support/certificates.ts';
import { type RunningTool, runTool } from './support/run-tool.ts';

const command = fileURLToPath(new URL('../bin/streampump.cjs', import.meta.url));
const local = { host: '127.0.0.1', port: 0 };
/** Not of this machine, where a check can tell. */
const foreign = process.platform === 'linux' ? ['198.51.100.7'] : [];
const onFreePorts = { rtmp: local, http: local, admin: local };

vi.setConfig({ testTimeout: 60_000 });

let certificates: CertificateFolder;
let good: TestCertificate;
let other: TestCertificate;
let expired: TestCertificate;
let folder: string;

beforeAll(async () => {
  certificates = await CertificateFolder.make();
  good = await certificates.certificate('good');
  other = await certificates.certificate('other');
  expired = await certificates.datedCertificate('expired', '200101', '200131');
  folder = await mkdtemp(join(tmpdir(), 'streampump-exit-'));
});
afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Runs the command as it is installed, with none of the settings that the environment of the test may hold. */
function streampump(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningTool {
  for (const name of Object.keys(process.env)) if (name.startsWith('STREAMPUMP_')) delete process.env[name];
  return runTool(process.execPath, [command, ...args], { env });
}

let files = 0;

/** Runs a relay with a config, which is written to a file as it is if it is text. */
async function relay(config: unknown, ...args: readonly string[]): Promise<RunningTool> {
  const file = join(folder, `${files++}.json`);
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return streampump(['relay', '-c', file, ...args]);
}

/** Expects a line of standard error for each fault and no other, as they are or each in a line of a log. */
function expectFaults(tool: RunningTool, format: string, faults: readonly string[]): void {
  const lines = tool.stderr.trimEnd().split('\n');
  const texts = format === 'json' ? lines.map(textOf) : lines;
  expect(texts).toHaveLength(faults.length);
  for (const fault of faults) expect(texts).toContainEqual(expect.stringContaining(fault));
}

function textOf(line: string): string {
  const { level, msg } = JSON.parse(line) as { readonly level: string; readonly msg: string };
  expect(level).toBe('error');
  return msg;
}

/** A start and a check, each for people and for machines. */
const ways = ['pretty', 'json'].flatMap((format) => [
  { how: `a start (${format})`, format, args: [], notReady: 1 },
  { how: `a check (${format})`, format, args: ['--check'], notReady: 2 },
]);

describe.each(ways)('$how', ({ format, args, notReady }) => {
  const log = { format };

  test('of a config with faults tells all of them and ends with 2', async () => {
    const taken = { ...local, port: 5 };
    const config = {
      log,
      workers: 2,
      listen: { rtmp: taken, http: taken },
      cache: { maxBytes: 'x' },
      streams: ['**', 'a/*'].map((match) => ({ match, source: { type: 'push' } })),
    };
    await using tool = await relay(config, ...args);
    expect(await tool.exited).toEqual({ code: 2, signal: null });
    expectFaults(tool, format, [
      'listen.http.port: 127.0.0.1:5 is taken: listen.rtmp listens on 127.0.0.1:5',
      'cache.maxBytes: expected an integer',
      'streams.1.match: a/* never applies: streams.0 (**) matches all of its keys first',
    ]);
    expect(tool.stdoutBuffer.toString()).toBe('');
  });

  test('tells all files and addresses of this machine that cannot be used', async () => {
    const config = {
      log,
      workers: 2,
      listen: {
        ...onFreePorts,
        rtmps: { ...local, certFile: good.certFile, keyFile: other.keyFile },
        https: { ...local, certFile: '/nowhere/a.crt', keyFile: '/nowhere/a.key' },
        rtmp: [...foreign, 'no..host'].map((host) => ({ host, port: 5 })),
      },
      tls: { caFile: '/nowhere/ca.pem' },
    };
    await using tool = await relay(config, ...args);
    expect(await tool.exited).toEqual({ code: notReady, signal: null });
    expectFaults(tool, format, [
      `listen.rtmps: the key in ${other.keyFile} does not belong to the certificate in ${good.certFile}`,
      'listen.https: /nowhere/a.crt cannot be read: no such file or directory',
      'listen.https: /nowhere/a.key cannot be read: no such file or directory',
      'tls.caFile: /nowhere/ca.pem cannot be read: no such file or directory',
      ...foreign.map((host) => `${host} is not an address of this machine`),
      'no..host cannot be resolved to an address',
    ]);
  });
});

describe.each([{ args: [] }, { args: ['--check'] }])('with $args, 2 is the end for', ({ args }) => {
  test.each([
    { what: 'nothing to listen on', config: { listen: { rtmp: null, http: null } }, says: 'are all off' },
    { what: 'a config that is no JSON', config: '{ "cache": ', says: 'line 1, column' },
    { what: 'a config without end', config: '['.repeat(1e6), says: 'line 1, column 65: expected at most 64' },
  ])('$what', async ({ config, says }) => {
    await using tool = await relay(config, ...args);
    expect(await tool.exited).toEqual({ code: 2, signal: null });
    expectFaults(tool, 'pretty', [says]);
  });

  test.each([
    { path: '/nowhere/relay.json', says: 'cannot be read: no such file or directory' },
    { path: '/dev/zero', says: 'expected a config of at most 4 MiB' },
    { path: '/', says: 'cannot be read: it is a folder' },
  ])('the config $path', async ({ path, says }) => {
    await using tool = streampump(['relay', '-c', path, ...args]);
    expect(await tool.exited).toEqual({ code: 2, signal: null });
    expectFaults(tool, 'pretty', [`${path}: ${says}`]);
  });
});

test('a port that is taken ends a start with 1, and is nothing to a check', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = { listen: { ...onFreePorts, rtmp: { ...local, port } } };
  await using started = await relay(config);
  expect(await started.exited).toEqual({ code: 1, signal: null });
  expect(started.stderr).toContain(`127.0.0.1:${port}: another program already uses this port`);
  await using checked = await relay(config, '--check');
  expect(await checked.output).toBe('configuration is valid\n');
  server.close();
});

test.each([1, 2])(
  'a start with a certificate that has expired warns once and runs: %i workers',
  async (workers) => {
    const rtmps = { ...local, certFile: expired.certFile, keyFile: expired.keyFile };
    await using tool = await relay({ workers, listen: { ...onFreePorts, rtmps }, log: { format: 'json' } });
    await tool.waitForStdout(/"listener":"rtmps"[^\n]*\n/);
    await tool.stop('SIGTERM');
    expect(await tool.exited).toEqual({ code: 0, signal: null });
    const lines = tool.stdoutBuffer.toString().split('\n');
    expect(lines.filter((line) => line.includes('expired')).map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'certificate',
        msg: `listen.rtmps: clients will refuse ${expired.certFile}: it expired on 2020-01-31`,
      }),
    ]);
  },
);

test('a check tells all faults of settings, files and addresses at once', async () => {
  const config = {
    listen: {
      rtmp: [{ port: 'x' }, { ...local, port: 5 }],
      http: { ...local, port: 5 },
      https: { ...local, certFile: '/nowhere/a.crt', keyFile: good.keyFile },
      rtmps: { port: 0, certFile: expired.certFile, keyFile: expired.keyFile },
      admin: [{ host: 'no..host' }, { ...local, certFile: '/nowhere/b.crt', keyFile: good.keyFile }],
    },
    cache: { maxByte: 5 },
    streams: ['live/**', 'live/a', 'b**'].map((match) => ({ match, source: { type: 'push' } })),
  };
  await using tool = await relay(config, '--check');
  expect(await tool.exited).toEqual({ code: 2, signal: null });
  expectFaults(tool, 'pretty', [
    'listen.rtmp.0.port: expected an integer',
    'listen.http.port: 127.0.0.1:5 is taken: listen.rtmp.1 listens on 127.0.0.1:5',
    'listen.https: /nowhere/a.crt cannot be read',
    'listen.rtmps: clients will refuse',
    'listen.admin.1: /nowhere/b.crt cannot be read',
    'listen.admin.0.host: no..host cannot be resolved',
    'cache.maxByte: unknown setting (did you mean maxBytes?)',
    'streams.1.match: live/a never applies',
    'streams.2.match: expected ** as a segment of its own',
  ]);
});

/** Ends the process as soon as anything listens, or is bound to a port. */
const deaf = `import net from 'node:net'; import dgram from 'node:dgram';
net.Server.prototype.listen = dgram.Socket.prototype.bind = () => process.exit(42);`;

test('a check opens no port', async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(deaf)}` };
  await using checked = streampump(['relay', '--check'], env);
  expect(await checked.exited).toEqual({ code: 0, signal: null });
  expect(checked.stdoutBuffer.toString()).toBe('configuration is valid\n');
  await using started = streampump(['relay'], env);
  expect(await started.exited).toEqual({ code: 42, signal: null });
});

test.each([
  {
    what: 'an option of the relay',
    args: ['relay', '--prot', '1'],
    code: 2,
    says: "unknown option '--prot'",
  },
  {
    what: 'the URL of a load test',
    args: ['load', 'ftp://a/b'],
    code: 2,
    says: 'is not the URL of a stream',
  },
  {
    what: 'the file of a load test',
    args: ['load', 'rtmp://127.0.0.1:1/a/b', '--publish', '/nowhere/a.flv'],
    code: 1,
    says: '/nowhere/a.flv',
  },
])('$what that is wrong: $code', async ({ args, code, says }) => {
  await using tool = streampump(args);
  expect(await tool.exited).toEqual({ code, signal: null });
  expect(tool.stderr).toContain(says);
});
