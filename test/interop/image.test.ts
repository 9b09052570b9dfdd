import { chmod, copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type BuiltStage, buildImage } from '../support/image-build.ts';
import { readText, root } from '../support/markdown.ts';
import { asOtherUser } from '../support/other-user.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const dockerfile = join(root, 'deploy', 'Dockerfile');
let image: BuiltStage;

beforeAll(async () => {
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    npm_config_prefer_offline: 'true', // npm has in its cache what it installed for this test
  };
  const built = await buildImage(dockerfile, root, env);
  image = built.stage;
  await addNode();
  return () => built[Symbol.asyncDispose]();
}, 300_000);

/** Puts this Node where the base image has one, so that the image's user reaches it, whatever folder this one is in. */
async function addNode(): Promise<void> {
  const folder = join(image.root, 'usr', 'local', 'bin');
  await mkdir(folder, { recursive: true });
  await copyFile(process.execPath, join(folder, 'node'));
  await chmod(dirname(image.root), 0o755);
}

/** Runs a command of the image as its user, who may write nowhere in it. */
function runInside(command: readonly string[], env: Readonly<Record<string, string>>): RunningTool {
  const inside = command.map((word) => (word.startsWith('/') ? join(image.root, word) : word));
  const [user = '', group = ''] = image.user?.split(':') ?? [];
  const [program, ...args] = asOtherUser(inside, { user, group });
  const PATH = `${join(image.root, 'usr', 'local', 'bin')}${delimiter}${process.env['PATH']}`;
  const options = { cwd: join(image.root, image.workdir), env: { ...env, ...image.env, PATH } };
  return runTool(program, args, options);
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('the Dockerfile has no fault that a linter knows', () => {
  expect(validate(readText('deploy/Dockerfile'))).toEqual([]);
});

test('the image has what the relay needs to run and nothing else', async () => {
  const own = join(image.root, image.workdir);
  expect((await readdir(own)).sort()).toEqual(['COPYING', 'bin', 'dist', 'node_modules', 'package.json']);
  const { dependencies, devDependencies } = JSON.parse(readText('package.json')) as Record<string, object>;
  const modules = await readdir(join(own, 'node_modules'));
  const scoped = modules
    .filter((name) => name.startsWith('@'))
    .map(async (scope) =>
      (await readdir(join(own, 'node_modules', scope))).map((name) => `${scope}/${name}`),
    );
  const packages = [...modules, ...(await Promise.all(scoped)).flat()];
  expect(packages).toEqual(expect.arrayContaining(Object.keys(dependencies ?? {})));
  expect(packages.filter((name) => name in (devDependencies ?? {}))).toEqual([]);
  expect(await bytesIn(own)).toBeLessThan(20 * 2 ** 20);
});

test('the image runs as its user with nothing to write to, is healthy while it does, and drains on SIGTERM', async () => {
  expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  const admin = String(await freePort());
  const env = {
    STREAMPUMP_LISTEN_RTMP_PORT: '0',
    STREAMPUMP_LISTEN_HTTP_PORT: '0',
    STREAMPUMP_LISTEN_ADMIN_PORT: admin,
  };
  await using relay = runInside([...image.entrypoint, ...image.command], env);
  const [, port] = await relay.waitForStdout(/"event":"listening","listener":"rtmp"[^\n]*"port":(\d+)/);
  await relay.waitForStdout(/"listener":"admin"/);
  await using healthy = runInside(image.healthcheck, env);
  expect(await healthy.exited).toEqual({ code: 0, signal: null });

  await using player = TestPlayer.play(Number(port), 'live/a');
  await using publisher = await TestPublisher.start(Number(port), 'live/a');
  publisher.sendMedia({ type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') });
  await player.mediaOf(1);
  relay.kill('SIGTERM');
  await relay.waitForStdout(/"event":"draining"/);
  await publisher.finish();
  await player.ended;
  await player.cut();
  expect(await relay.exited).toEqual({ code: 0, signal: null });
  expect(relay.stderr).toBe('');

  await using unhealthy = runInside(image.healthcheck, env);
  expect(await unhealthy.exited).toEqual({ code: 1, signal: null });
});
