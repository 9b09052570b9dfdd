import { accessSync, constants } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readText, root } from '../support/markdown.ts';
import { bbbPath } from '../support/media.ts';
import { copyDependencies, copyProject, type TemporaryFolder, temporaryFolder } from '../support/packages.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
const onFreePorts = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
/** This test's Node before the machine's, nothing from the network, nothing into the user's cache. */
const env = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
  npm_config_offline: 'true',
};

let tarball: string;
let packedFiles: readonly string[];
/** An empty folder that the tarball was installed in. */
let installed: string;
let old: { readonly command: string; readonly version: string } | undefined;

beforeAll(async () => {
  const folder = await temporaryFolder();
  await pack(folder);
  installed = join(folder.path, 'installed');
  await mkdir(installed);
  await copyDependencies(installed);
  await writeFile(join(installed, 'package.json'), '{}');
  await using npm = runTool('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: installed, env });
  await npm.output;
  old = await oldNode();
  return () => folder[Symbol.asyncDispose]();
}, 300_000);

async function pack({ path }: TemporaryFolder): Promise<void> {
  const copy = join(path, 'copy');
  await copyProject(copy);
  await using npm = runTool('npm', ['pack', '--json', '--pack-destination', path], { cwd: copy, env });
  const [, json = ''] = /^(\[\n[\s\S]*)/m.exec(await npm.output) ?? [];
  const [{ filename, files }] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }];
  tarball = join(path, filename);
  packedFiles = files.map((file) => file.path);
}

/** A Node on the PATH that is too old, if there is one. */
async function oldNode(): Promise<typeof old> {
  const commands = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  for (const command of commands.filter(isExecutable)) {
    await using node = runTool(command, ['--version']);
    const version = (await node.output).trim();
    if (Number.parseInt(version.slice(1), 10) < Number.parseInt(engines.node.slice(2), 10))
      return { command, version };
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Plays a stream that it publishes itself, with a relay and a load tester that are started the same way. */
async function expectWorks(
  streampump: (...args: readonly string[]) => RunningTool,
  end: (relay: RunningTool) => void,
): Promise<void> {
  await using relay = streampump('relay', ...onFreePorts);
  const [, port] = await relay.waitForStdout(/"event":"listening","listener":"rtmp"[^\n]*"port":(\d+)/);
  const url = `rtmp://127.0.0.1:${port}/live/a`;
  const test = ['--players', '3', '--warm-up', '0', '--duration', '1', '--publish', bbbPath, '--json'];
  await using load = streampump('load', url, ...test);
  expect(JSON.parse(await load.output)).toMatchObject({ failures: {} });
  end(relay);
  await relay.waitForStdout(/"event":"draining"/);
  await relay.exited;
  expect(relay.leftProcesses).toBe(false);
}

test('the package holds what runs and what is to be read, and neither sources nor types', () => {
  for (const path of ['bin/streampump.cjs', 'dist/src/cli.js', 'deploy/streampump.service', 'README.md'])
    expect(packedFiles).toContain(path);
  const folders = new Set(packedFiles.map((path) => path.replace(/\/.*/, '/')));
  expect([...folders].filter((path) => path.endsWith('/')).sort()).toEqual([
    'bin/',
    'deploy/',
    'dist/',
    'docs/',
  ]);
  expect(packedFiles.filter((path) => /\.ts$/.test(path))).toEqual([]);
});

test('the package, installed in an empty folder, runs a relay and a load test', async () => {
  const command = join(installed, 'node_modules', '.bin', 'streampump');
  await expectWorks(
    (...args) => runTool(command, args, { cwd: installed, env }),
    (relay) => relay.kill('SIGTERM'),
  );
}, 60_000);

test.for(['clone', 'package'])(
  'npx streampump in a folder with the %s runs a relay and a load test',
  { timeout: 60_000 },
  async (kind) => {
    await using cache = await temporaryFolder();
    const npxEnv = { ...env, npm_config_cache: cache.path };
    const cwd = kind === 'clone' ? root : installed;
    await expectWorks(
      (...args) => runTool('npx', ['streampump', ...args], { cwd, env: npxEnv }),
      (relay) => process.kill(-relay.pid, 'SIGINT'), // Ctrl-C: npx has a shell between, which passes nothing on
    );
  },
);

const tooOld = (version: string): string =>
  `streampump needs Node ${engines.node.slice(2)} or newer, and this is ${version}: ` +
  'get a newer one from https://nodejs.org, or in a clone run npm start, which brings one along.\n';

test('a Node that says it is too old is told what is needed', async () => {
  const age =
    "Object.defineProperty(process, 'version', { value: 'v18.20.8' });" +
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });";
  await using folder = await temporaryFolder();
  const preload = join(folder.path, 'age.cjs');
  await writeFile(preload, age);
  await using node = runTool(process.execPath, ['--require', preload, 'bin/streampump.cjs', 'relay'], {
    cwd: root,
  });
  expect(await node.exited).toEqual({ code: 2, signal: null });
  expect(node.stderr).toBe(tooOld('v18.20.8'));
});

test("the machine's own Node, where it is too old, is told the same in clone and package", async ({
  skip,
}) => {
  if (old === undefined) return skip('every Node on the PATH is new enough');
  for (const folder of [root, join(installed, 'node_modules', 'streampump')]) {
    await using node = runTool(old.command, [join(folder, 'bin', 'streampump.cjs'), 'relay', '--check']);
    expect(await node.exited).toEqual({ code: 2, signal: null });
    expect(node.stderr).toBe(tooOld(old.version));
    expect(node.stdoutBuffer).toHaveLength(0);
  }
});
