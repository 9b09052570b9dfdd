import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type RunningTool, type RunToolOptions, runTool } from './support/run-tool.ts';
import { TestPlayer } from './support/test-player.ts';
import { TestPublisher } from './support/test-publisher.ts';

const cliPath = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Runs streampump with none of the settings that the environment of the test may hold. */
function streampump(args: readonly string[], options: RunToolOptions = {}): RunningTool {
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('STREAMPUMP_'));
  for (const name of foreign) delete process.env[name];
  return runTool(process.execPath, [cliPath, ...args], options);
}

const onFreePorts = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];

/** A relay as a process of its own, on free ports, with the ports that it got. */
async function startProcess(
  args: readonly string[] = [],
  options: RunToolOptions = {},
): Promise<{ relay: RunningTool; rtmpPort: number; adminUrl: string }> {
  const relay = streampump(['relay', ...onFreePorts, ...args], options);
  const rtmpPort = Number((await listening(relay, 'rtmp'))['port']);
  return { relay, rtmpPort, adminUrl: `http://127.0.0.1:${(await listening(relay, 'admin'))['port']}` };
}

/** The line of an event, parsed. */
async function lineOf(relay: RunningTool, pattern: RegExp): Promise<Record<string, unknown>> {
  const [line] = await relay.waitForStdout(new RegExp(`^.*${pattern.source}.*$`, 'm'));
  return JSON.parse(line) as Record<string, unknown>;
}

function listening(relay: RunningTool, listener: string): Promise<Record<string, unknown>> {
  return lineOf(relay, new RegExp(`"event":"listening","listener":"${listener}"`));
}

/** A config file that goes with its scope. */
async function configFile(
  config: unknown,
): Promise<AsyncDisposable & { path: string; write(config: unknown): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-cli-'));
  const path = join(folder, 'relay.config.json');
  const write = (content: unknown): Promise<void> =>
    writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  await write(config);
  return { path, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Takes a port that nobody else can have until the scope ends. */
async function takenPort(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

test('tells each listener with its port, for machines and for people', async () => {
  const { relay, rtmpPort } = await startProcess();
  await using _relay = relay;
  expect(await listening(relay, 'rtmp')).toMatchObject({
    event: 'listening',
    listener: 'rtmp',
    host: '127.0.0.1',
    port: rtmpPort,
    msg: `listening rtmp 127.0.0.1:${rtmpPort}`,
  });
  expect(rtmpPort).toBeGreaterThan(0);

  await using pretty = streampump(['relay', ...onFreePorts], { env: { STREAMPUMP_LOG_FORMAT: 'pretty' } });
  await pretty.waitForStdout(/listening rtmp 127\.0\.0\.1:\d+/);
  await pretty.waitForStdout(/listening admin 127\.0\.0\.1:\d+/);
});

test("V8's young generation has hardly grown as long as there is nothing to do", async () => {
  const { relay, adminUrl } = await startProcess();
  await using _relay = relay;
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  const [, bytes] = /^nodejs_heap_space_size_total_bytes\{space="new"[^}]*\} (\d+)$/m.exec(metrics) ?? [];
  expect(Number(bytes)).toBeLessThanOrEqual(4 * 2 ** 20); // 2 MiB before the scrape itself, which loads what it needs
});

test('a port that is taken: exits with 1 and says which', async () => {
  await using taken = await takenPort();
  await using relay = streampump(['relay', ...onFreePorts, '--rtmp-port', String(taken.port)]);
  expect(await relay.exited).toEqual({ code: 1, signal: null });
  expect(relay.stderr).toBe(
    `cannot listen on rtmp 127.0.0.1:${taken.port}: another program already uses this port\n`,
  );
});

test('the admin port is taken: exits with 1 and leaves nothing open', async () => {
  await using taken = await takenPort();
  await using relay = streampump(['relay', ...onFreePorts, '--admin-port', String(taken.port)]);
  expect(await relay.exited).toEqual({ code: 1, signal: null });
  expect(relay.stderr).toContain(`cannot listen on admin 127.0.0.1:${taken.port}: another program`);
});

const faulty = {
  listen: { rtmp: { port: '19x5' } },
  fanOut: { maxDelay: 5 },
  streams: [{ match: '**', source: { type: 'pull', urls: ['http//x'] } }],
};
const faults = [
  'listen.rtmp.port: expected an integer from 0 to 65535, got "19x5"',
  'fanOut.maxDelay: unknown setting (did you mean maxDelayMs?)',
  'streams.0.source.urls.0: expected a URL',
];

test.for([{ args: [] }, { args: ['--check'] }])(
  'a faulty config with $args: exits with 2 and tells every fault',
  async ({ args }) => {
    await using config = await configFile(faulty);
    await using relay = streampump(['relay', '-c', config.path, ...args]);
    expect(await relay.exited).toEqual({ code: 2, signal: null });
    expect(relay.stderr).toContain(config.path);
    for (const fault of faults) expect(relay.stderr).toContain(fault);
    expect(relay.stdoutBuffer).toHaveLength(0);
  },
);

test('--check says that a config is valid and listens on nothing', async () => {
  await using taken = await takenPort();
  await using config = await configFile({ listen: { rtmp: { host: '127.0.0.1', port: taken.port } } });
  await using relay = streampump(['relay', '--config', config.path, '--check']);
  expect(await relay.output).toBe('configuration is valid\n');
});

test.for([
  { wrong: 'an unknown option', args: ['relay', '--prot', '1'], says: "unknown option '--prot'" },
  { wrong: 'an unknown command', args: ['realy'], says: "unknown command 'realy'" },
  { wrong: 'an option without its value', args: ['relay', '--rtmp-port'], says: 'argument missing' },
  {
    wrong: 'a port that is none',
    args: ['relay', '--rtmp-port', '99999'],
    says: '--rtmp-port: expected an integer',
  },
  { wrong: 'a config file that is not there', args: ['relay', '-c', '/no/such.json'], says: '/no/such.json' },
])('$wrong: exits with 2', async ({ args, says }) => {
  await using relay = streampump(args);
  expect(await relay.exited).toEqual({ code: 2, signal: null });
  expect(relay.stderr).toContain(says);
});

test('--help and --version exit with 0', async () => {
  await using help = streampump(['--help']);
  expect(await help.output).toContain('relay [options]');
  await using relayHelp = streampump(['relay', '--help']);
  const text = await relayHelp.output;
  for (const option of ['-c, --config', '--host', '--rtmp-port', '--http-port', '--admin-port', '--check']) {
    expect(text).toContain(option);
  }
  await using version = streampump(['--version']);
  expect(await version.output).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the command line wins over the environment, the environment over the file', async () => {
  await using config = await configFile({ name: 'file', access: { publish: [] }, log: { format: 'json' } });
  const env = { STREAMPUMP_NAME: 'environment', STREAMPUMP_LISTEN_RTMP_PORT: '1' };
  const { relay, rtmpPort } = await startProcess(['-c', config.path], { env });
  await using _relay = relay;
  expect(await listening(relay, 'rtmp')).toMatchObject({ relay: 'environment' });
  await using publisher = new TestPublisher(rtmpPort, 'publish', 'live/a');
  expect((await publisher.refused).description).toContain('access.publish');
});

test('STREAMPUMP_CONFIG names the config file, and -c wins over it', async () => {
  await using named = await configFile({ name: 'by-variable', log: { format: 'json' } });
  await using other = await configFile({ name: 'by-option', log: { format: 'json' } });
  const env = { STREAMPUMP_CONFIG: named.path };
  const byVariable = await startProcess([], { env });
  await using _byVariable = byVariable.relay;
  expect(await lineOf(byVariable.relay, /"event":"listening"/)).toMatchObject({ relay: 'by-variable' });
  expect(byVariable.relay.stdoutBuffer.toString()).toContain(named.path);
  const byOption = await startProcess(['-c', other.path], { env });
  await using _byOption = byOption.relay;
  expect(await lineOf(byOption.relay, /"event":"listening"/)).toMatchObject({ relay: 'by-option' });
});

test('--upstream given several times is failover: the second serves what the others do not have', async () => {
  const first = await startProcess([], { env: { STREAMPUMP_PLAY_WAIT_MS: '0' } });
  await using _first = first.relay;
  const second = await startProcess();
  await using _second = second.relay;
  await using publisher = await TestPublisher.start(second.rtmpPort, 'live/a');
  publisher.sendMedia({ type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') });
  const upstreams = [first, second, first].flatMap(({ rtmpPort }) => [
    '--upstream',
    `rtmp://127.0.0.1:${rtmpPort}`,
  ]);
  const edge = await startProcess(upstreams);
  await using _edge = edge.relay;
  await using player = TestPlayer.play(edge.rtmpPort, 'live/a');
  await player.mediaOf(1);
});

test('a faulty variable: exits with 2 and names it', async () => {
  const env = { STREAMPUMP_PLAY_WAIT_MS: 'soon', STREAMPUMP_PLAY_WAITMS: '1' };
  await using relay = streampump(['relay', '--check'], { env });
  expect(await relay.exited).toEqual({ code: 2, signal: null });
  expect(relay.stderr).toContain('STREAMPUMP_PLAY_WAIT_MS: expected an integer');
  expect(relay.stderr).toContain('STREAMPUMP_PLAY_WAITMS: unknown setting');
});

test.for(['SIGTERM', 'SIGINT'] as const)('%s with nobody there: exits with 0 at once', async (signal) => {
  const { relay } = await startProcess();
  await using _relay = relay;
  relay.kill(signal);
  expect(await relay.exited).toEqual({ code: 0, signal: null });
});

test('SIGTERM lets those who are there finish, lets nobody in, and exits with 0', async () => {
  const env = { STREAMPUMP_DRAIN_TIMEOUT_MS: '60000' };
  const { relay, rtmpPort, adminUrl } = await startProcess([], { env });
  await using _relay = relay;
  await using player = TestPlayer.play(rtmpPort, 'live/a');
  await using publisher = await TestPublisher.start(rtmpPort, 'live/a');
  const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;
  publisher.sendMedia(frame);
  await player.mediaOf(1);

  relay.kill('SIGTERM');
  await lineOf(relay, /"event":"draining"/);
  const ready = await fetch(`${adminUrl}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, 'draining\n']);
  await using newcomer = TestPlayer.play(rtmpPort, 'live/a');
  await expect(newcomer.started).rejects.toThrow();
  publisher.sendMedia({ ...frame, timestamp: 40 });
  await player.mediaOf(2); // who was there goes on
  await publisher.finish();
  await player.ended;
  await player.cut();
  expect(await relay.exited).toEqual({ code: 0, signal: null });
});

test('after drain.timeoutMs players are told the end of the stream, and the relay exits with 0', async () => {
  const { relay, rtmpPort } = await startProcess([], { env: { STREAMPUMP_DRAIN_TIMEOUT_MS: '200' } });
  await using _relay = relay;
  await using player = TestPlayer.play(rtmpPort, 'live/a');
  await using publisher = await TestPublisher.start(rtmpPort, 'live/a');
  publisher.sendMedia({ type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') });
  await player.mediaOf(1);
  relay.kill('SIGTERM');
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
  expect((await publisher.refused).description).toBe('the relay is shutting down');
  expect(await relay.exited).toEqual({ code: 0, signal: null });
});

test('a second signal stops at once', async () => {
  const { relay, rtmpPort } = await startProcess([], { env: { STREAMPUMP_DRAIN_TIMEOUT_MS: '60000' } });
  await using _relay = relay;
  await using publisher = await TestPublisher.start(rtmpPort, 'live/a');
  relay.kill('SIGTERM');
  await lineOf(relay, /"event":"draining"/);
  relay.kill('SIGINT');
  expect(await relay.exited).toEqual({ code: 0, signal: null });
  await publisher.closed;
});

test('the same signal twice in a moment counts once; again and again it stops at once', async () => {
  const { relay, rtmpPort } = await startProcess([], { env: { STREAMPUMP_DRAIN_TIMEOUT_MS: '60000' } });
  await using _relay = relay;
  await using player = TestPlayer.play(rtmpPort, 'live/a');
  await using publisher = await TestPublisher.start(rtmpPort, 'live/a');
  const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;
  publisher.sendMedia(frame);
  await player.mediaOf(1);
  relay.kill('SIGINT'); // as from a terminal
  await lineOf(relay, /"event":"signal"/);
  relay.kill('SIGINT'); // as from npm, which got it as well
  await lineOf(relay, /"event":"draining"/);
  for (let count = 2; count < 50; count++) {
    publisher.sendMedia({ ...frame, timestamp: count * 40 });
    await player.mediaOf(count);
  }

  const impatience = setInterval(() => relay.kill('SIGINT'), 100);
  expect(await relay.exited).toEqual({ code: 0, signal: null });
  clearInterval(impatience);
});

test('SIGHUP reads the config again without touching what runs; a faulty one changes nothing', async () => {
  await using config = await configFile({});
  const { relay, rtmpPort } = await startProcess(['-c', config.path]);
  await using _relay = relay;
  await using player = TestPlayer.play(rtmpPort, 'live/a');
  await using running = await TestPublisher.start(rtmpPort, 'live/a');
  const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;
  running.sendMedia(frame);
  await player.mediaOf(1);

  await config.write({ streams: [{ match: 'live/a', source: { type: 'push' } }] });
  relay.kill('SIGHUP');
  await lineOf(relay, /"event":"configured"/);
  await using refused = new TestPublisher(rtmpPort, 'publish', 'live/b');
  expect((await refused.refused).description).toContain('no entry in streams');
  running.sendMedia({ ...frame, timestamp: 40 });
  await player.mediaOf(2);

  await config.write('{ "access": { "publish": [');
  relay.kill('SIGHUP');
  const { msg } = await lineOf(relay, /"event":"config"/);
  expect(msg).toMatch(/^the old configuration stays: /);
  expect(msg).toContain(config.path);
  await using stillRefused = new TestPublisher(rtmpPort, 'publish', 'live/b');
  expect((await stillRefused.refused).description).toContain('no entry in streams');
});

test.each([1, 2])(
  'whatever is wrong with a config, SIGHUP keeps the old one, with %i workers',
  async (workers) => {
    const good = { workers, access: { publish: [] } };
    await using config = await configFile(good);
    const { relay, rtmpPort } = await startProcess(['-c', config.path]);
    await using _relay = relay;
    const pull = (url: string) => ({ match: '**', source: { type: 'pull', urls: [url] } });
    const open = { workers, access: { publish: ['127.0.0.0/8'] } };
    const certificate = { certFile: 'none.crt', keyFile: 'none.key' };
    const reload = async (why: string): Promise<void> => {
      relay.kill('SIGHUP');
      const { msg } = await lineOf(relay, new RegExp(`"event":"config"[^\\n]*${why}`));
      expect(msg).toMatch(/^the old configuration stays: /);
      await using publisher = new TestPublisher(rtmpPort, 'publish', 'live/a');
      expect((await publisher.refused).description).toContain('access.publish');
    };
    await config.write('{ "access": ');
    await reload('line 1, column 13');
    await config.write({ ...open, streams: [pull('rtmp://10.0.0.256/{key}')] });
    await reload('10[.]0[.]0[.]256');
    await config.write({ ...open, listen: { https: { host: '127.0.0.1', port: 0, ...certificate } } });
    await reload('none[.]crt cannot be read');
    await config.write({ ...open, tls: { caFile: 'none.pem' } });
    await reload('none[.]pem cannot be read');
    await rm(config.path);
    await reload('no such file');
    await config.write(open);
    relay.kill('SIGHUP');
    await lineOf(relay, /"event":"configured"/);
    await using _publisher = await TestPublisher.start(rtmpPort, 'live/a');
  },
);
