import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CertificateFolder, shownBy } from './support/certificates.ts';
import { type RunningTool, runTool } from './support/run-tool.ts';
import { TestPlayer } from './support/test-player.ts';
import { TestPublisher } from './support/test-publisher.ts';

const cliPath = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

const local = { host: '127.0.0.1', port: 0 };

type Config = Readonly<Record<string, unknown>>;
type Line = Readonly<Record<string, unknown>>;

/** A relay that reads its settings from a file, in a folder of its own. */
class FileRelay implements AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  readonly #tool: RunningTool;

  private constructor(folder: string, file: string) {
    this.folder = folder;
    this.file = file;
    this.#tool = runTool(process.execPath, [cliPath, 'relay', '-c', file]);
  }

  /** @param file - where the config file is, in its folder */
  static async start(config: Config, file = 'relay.config.json'): Promise<FileRelay> {
    const folder = await mkdtemp(join(tmpdir(), 'streampump-reload-'));
    const path = join(folder, file);
    await writeConfig(path, config);
    const relay = new FileRelay(folder, path);
    await relay.#tool.waitForStdout(/"listener":"admin"/);
    return relay;
  }

  /** The lines of an event so far. */
  find(event: string): Line[] {
    const lines = this.#tool.stdoutBuffer.toString().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Line).filter((line) => line['event'] === event);
  }

  port(listener: string): number {
    return Number(this.find('listening').find((line) => line['listener'] === listener)?.['port']);
  }

  /** Has it read its configuration again; resolves when it has, or when it has said why not, for the `count`-th time. */
  async reload(config?: Config | string, count = this.find('configured').length + 1): Promise<void> {
    if (config !== undefined) await writeConfig(this.file, config);
    this.kill('SIGHUP');
    await this.says('configured', count);
  }

  /** The same with a configuration that it cannot use. @returns what it says of it */
  async fail(config: Config | string): Promise<string[]> {
    const failures = Number(await this.metric('reloads_total{outcome="failure"}'));
    const before = this.find('config').length;
    await writeConfig(this.file, config);
    this.kill('SIGHUP');
    await expect.poll(() => this.metric('reloads_total{outcome="failure"}')).toBe(`${failures + 1}`);
    await this.says('config', before + 1);
    return this.find('config')
      .slice(before)
      .map(({ msg }) => String(msg));
  }

  async says(event: string, count = 1): Promise<void> {
    await this.#tool.waitForStdout(
      new RegExp(Array(count).fill(`"event":"${event}"[^\\n]*`).join('\\n[^]*?')),
    );
  }

  async metric(name: string): Promise<string | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${this.port('admin')}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`streampump_config_${name} `));
    return line?.split(' ').at(-1);
  }

  /** Why nobody may publish a stream; undefined where somebody may. */
  async refusal(key: string): Promise<string | undefined> {
    const publisher = new TestPublisher(this.port('rtmp'), 'publish', key);
    await using _publisher = publisher;
    const accepted = publisher.started.then(() => undefined);
    return await Promise.race([accepted, publisher.refused.then(({ description }) => description)]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#tool.kill(signal);
  }

  get exited(): RunningTool['exited'] {
    return this.#tool.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

/** Listeners are on free ports; a text is written as it is. */
async function writeConfig(file: string, config: Config | string): Promise<void> {
  const listen = { rtmp: local, http: null, admin: local };
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify({ listen, ...config }));
}

const closed = { access: { publish: [] } };
const open = { access: { publish: ['127.0.0.0/8'] } };
const twoFaults = { ...open, play: { waitMs: -1 }, fanOut: { maxDelay: 1 } };

test.each([1, 2])(
  'a faulty configuration changes nothing, each fault is told, and the next one heals, with %i worker(s)',
  async (workers) => {
    await using relay = await FileRelay.start({ ...closed, workers });
    const look = async () => [
      await relay.metric('reloads_total{outcome="success"}'),
      await relay.metric('reloads_total{outcome="failure"}'),
      await relay.metric('last_reload_successful'),
    ];
    expect(await look()).toEqual(['0', '0', '1']);
    const said = await relay.fail({ ...twoFaults, workers });
    expect(said.every((line) => line.startsWith(`the old configuration stays: ${relay.file}:`))).toBe(true);
    expect(said.join('\n')).toMatch(
      /fanOut\.maxDelay: .*\n.*play\.waitMs: |play\.waitMs: .*\n.*fanOut\.maxDelay: /,
    );
    expect(await look()).toEqual(['0', '1', '0']);
    expect(await relay.refusal('live/a')).toContain('access.publish');
    await relay.reload({ ...open, workers });
    expect(await look()).toEqual(['1', '1', '1']);
    expect(await relay.refusal('live/a')).toBeUndefined();
  },
);

test('what waits for a restart is named, and everything else applies', async () => {
  await using relay = await FileRelay.start(closed);
  const rtmp = relay.port('rtmp');
  await relay.reload({
    ...open,
    workers: 2,
    listen: { rtmp: { ...local, port: 1 }, http: null, admin: local },
  });
  expect(relay.find('restart-needed').map(({ setting, msg }) => [setting, msg])).toEqual([
    ['listen.rtmp.port', 'listen.rtmp.port has changed and waits for a restart'],
    ['workers', 'workers has changed and waits for a restart'],
  ]);
  await using publisher = await TestPublisher.start(rtmp, 'live/a');
  await publisher.finish();
});

test.each([1, 2])('the level of the log changes while %i worker(s) run', async (workers) => {
  await using relay = await FileRelay.start({ workers });
  const events = () => ['publish', 'configured'].map((event) => relay.find(event).length);
  await relay.reload({ workers, log: { level: 'info' } });
  await relay.refusal('live/a');
  await relay.says('publish');
  await writeConfig(relay.file, { workers, log: { level: 'warn' } });
  relay.kill('SIGHUP');
  await expect.poll(() => relay.metric('reloads_total{outcome="success"}')).toBe('2');
  const before = events();
  await relay.refusal('live/a');
  await relay.reload({ workers, log: { level: 'debug' } }, 2);
  await relay.refusal('live/a');
  await relay.says('publish', 2);
  expect(events()).toEqual(before.map((count) => count + 1));
});

test('many signals in a row, in the middle of each other, end with what the file says last', async () => {
  await using relay = await FileRelay.start(closed);
  for (let round = 0; round < 100; round++) {
    await writeConfig(relay.file, round % 3 === 0 ? '{ "access": ' : round % 3 === 1 ? closed : open);
    relay.kill('SIGHUP');
  }
  await writeConfig(relay.file, open);
  relay.kill('SIGHUP');
  await expect.poll(() => relay.refusal('live/a'), { timeout: 10_000 }).toBeUndefined();
  const reloads = ['success', 'failure'].map((outcome) =>
    relay.metric(`reloads_total{outcome="${outcome}"}`),
  );
  const [success, failure] = (await Promise.all(reloads)).map(Number);
  expect((success ?? 0) + (failure ?? 0)).toBeLessThanOrEqual(101);
  expect(success).toBe(relay.find('configured').length);
});

test('while it drains a relay takes nothing over, and drains on', async () => {
  await using relay = await FileRelay.start({ drain: { timeoutMs: 60_000 } });
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;
  publisher.sendMedia(frame);
  await player.mediaOf(1);
  relay.kill('SIGTERM');
  await relay.says('draining');
  expect(await relay.fail({ access: { play: [], publish: [] } })).toEqual([
    'the old configuration stays: the relay is about to stop',
  ]);
  publisher.sendMedia({ ...frame, timestamp: 40 });
  await player.mediaOf(2);
  await publisher.finish();
  await player.ended;
  await player.cut();
  expect(await relay.exited).toEqual({ code: 0, signal: null });
});

test('a file that is gone changes nothing; when it is back it counts, whoever has put it there and how', async () => {
  await using relay = await FileRelay.start(closed);
  await rm(relay.file);
  relay.kill('SIGHUP');
  await relay.says('config');
  expect(relay.find('config').at(-1)?.['msg']).toContain('no such file');
  await writeConfig(`${relay.file}.new`, open);
  await rename(`${relay.file}.new`, relay.file);
  await relay.reload();
  expect(await relay.refusal('live/a')).toBeUndefined();
  await rm(relay.file);
  await mkdir(relay.file);
  relay.kill('SIGHUP');
  await relay.says('config', 2);
  expect(relay.find('config').at(-1)?.['msg']).toMatch(/cannot be read/);
});

test('files behind links that are swapped, as Kubernetes does, are read where the links lead now', async () => {
  await using certificates = await CertificateFolder.make();
  const pairs = { one: await certificates.certificate('one'), two: await certificates.certificate('two') };
  const listen = {
    rtmp: null,
    rtmps: { ...local, certFile: 'tls.crt', keyFile: 'tls.key' },
    http: null,
    admin: local,
  };
  /** Makes a version of all files, and has `..data` lead there. */
  const publish = async (version: keyof typeof pairs, config: Config, key = version): Promise<void> => {
    const folder = certificates.file(`..${version}-${key}`);
    await mkdir(folder);
    await writeConfig(join(folder, 'relay.config.json'), { listen, ...config });
    await symlink(pairs[version].certFile, join(folder, 'tls.crt'));
    await symlink(pairs[key].keyFile, join(folder, 'tls.key'));
    await symlink(folder, certificates.file('..new'));
    await rename(certificates.file('..new'), certificates.file('..data'));
  };
  await publish('one', closed);
  for (const name of ['relay.config.json', 'tls.crt', 'tls.key'])
    await symlink(join('..data', name), certificates.file(name));
  await using relay = runTool(process.execPath, [
    cliPath,
    'relay',
    '-c',
    certificates.file('relay.config.json'),
  ]);
  const [, port] = await relay.waitForStdout(/"listener":"rtmps"[^\n]*"port":(\d+)/);
  expect(await shownBy(Number(port))).toBe(pairs.one.fingerprint);

  await publish('two', open, 'one'); // a key that does not belong to the certificate
  relay.kill('SIGHUP');
  await relay.waitForStdout(/the old configuration stays: [^\n]*does not belong to the certificate/);
  expect(await shownBy(Number(port))).toBe(pairs.one.fingerprint);

  await publish('two', open);
  relay.kill('SIGHUP');
  await relay.waitForStdout(/"event":"configured"/);
  await expect.poll(() => shownBy(Number(port))).toBe(pairs.two.fingerprint);
});
