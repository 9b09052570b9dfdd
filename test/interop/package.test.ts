import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { TestBrowser } from '../support/browser.ts';
import { browserUse } from '../support/browser-use.ts';
import { installedPackage, packageEnv } from '../support/installed-package.ts';
import { codeBlocks, readText, root } from '../support/markdown.ts';
import { bbbAsfPath, bbbPath, flvTags } from '../support/media.ts';
import { deadLinks, installPackageChecks, packageCheck } from '../support/package-checks.ts';
import { temporaryFolder } from '../support/packages.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const { engines, exports } = JSON.parse(readText('package.json')) as {
  engines: { node: string };
  exports: Record<string, unknown>;
};
/** The names of the exports, such as `amf`. */
const exported = Object.keys(exports).flatMap((path) => /^\.\/(\w+)$/.exec(path)?.[1] ?? []);

/** Values of one export among those of another, which are of one type. */
const typedUse = `
  import { type AmfValue, decodeAmf0, type ProtocolError as AmfError } from 'streampump/amf';
  import { AsfFileReader } from 'streampump/asf';
  import { type FlvTag, FlvTagReader } from 'streampump/flv';
  import { type EmbeddedRelay, startRelay } from 'streampump/relay';
  import { encodeCommand, ProtocolError, type RawMessage } from 'streampump/rtmp';
  const values: AmfValue[] = decodeAmf0(encodeCommand('play', 0, ...decodeAmf0(Buffer.of(5))));
  const tags: Generator<FlvTag> = new FlvTagReader({ maxTagBytes: 1000 }).tags();
  const error: AmfError = new ProtocolError('AMF_TRUNCATED', 'a sentence');
  export const timeOf = ({ timestamp }: RawMessage): number => timestamp;
  export const start = (): Promise<EmbeddedRelay> =>
    startRelay({ workers: 1 }, { hooks: [{ events: ['play'], ask: ({ stream }) => stream === 'live/a' }] });
  // @ts-expect-error an answer has to be there
  export const wrong = (): Promise<EmbeddedRelay> => startRelay({}, { hooks: [{ events: ['play'], ask: () => {} }] });
  // @ts-expect-error it is no value of AMF
  values.push(Symbol('none'));
  export { AsfFileReader, error, tags };
`;

const onFreePorts = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
let tarball: string;
let packedFiles: readonly string[];
/** The folder that the tarball was installed in. */
let installed: string;
let old: { readonly command: string; readonly version: string } | undefined;

beforeAll(async () => {
  const checks = installPackageChecks();
  ({ path: installed, tarball, packedFiles } = await installedPackage());
  old = await oldNode();
  await checks;
}, 300_000);

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

test('the package holds what runs, what is to be read and the types of its exports, and no sources', () => {
  for (const path of ['bin/streampump.cjs', 'dist/src/cli.js', 'deploy/streampump.service', 'README.md'])
    expect(packedFiles).toContain(path);
  const folders = new Set(packedFiles.map((path) => path.replace(/\/.*/, '/')));
  expect([...folders].filter((path) => path.endsWith('/')).sort()).toEqual([
    'bin/',
    'deploy/',
    'dist/',
    'docs/',
  ]);
  expect(packedFiles.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  expect(packedFiles.filter((path) => /^dist\/src\/library\/.*\.d\.ts$/.test(path)).sort()).toEqual(
    exported.map((name) => `dist/src/library/${name}.d.ts`).sort(),
  );
  // of how a relay is made nothing: whoever embeds one sees what it does
  const inner = /^dist\/src\/service\/(?:relay|house|listen)\/.*\.d\.ts$/;
  expect(packedFiles.filter((path) => inner.test(path))).toEqual([]);
});

test.each(['import', 'require'])(
  'every export of the package can be had by %s, and it is the same',
  async (how) => {
    const names = JSON.stringify(exported.map((name) => `streampump/${name}`));
    const script = `
    for (const name of ${names}) {
      const [imported, required] = [await import(name), require(name)];
      if (imported.ProtocolError !== required.ProtocolError) throw new Error(name + ' is there twice');
    }
    const { decodeAmf3, encodeAmf3 } = ${how === 'import' ? "await import('streampump/amf')" : "require('streampump/amf')"};
    console.log(JSON.stringify(decodeAmf3(encodeAmf3('sound', [1, 2]))));
  `;
    const whole =
      how === 'import'
        ? `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${script}`
        : `(async () => {${script}})();`;
    const file = join(installed, how === 'import' ? 'by-import.mjs' : 'by-require.cjs');
    await writeFile(file, whole);
    await using node = runTool(process.execPath, [file], { cwd: installed, env: packageEnv });
    expect(await node.output).toBe('["sound",[1,2]]\n');
    expect(node.stderr).toBe('');
  },
);

test('what the package exports is what its reports say, and each change is asked about', async () => {
  // not where packages are installed: whatever is there counts as somebody else's
  await using folder = await temporaryFolder();
  await cp(join(installed, 'node_modules', 'streampump'), folder.path, { recursive: true });
  await symlink(join(installed, 'node_modules'), join(folder.path, 'node_modules'));
  expect(await packageCheck('report.mjs', folder.path)).toEqual({ code: 0, text: '' });
  await appendFile(
    join(folder.path, 'dist', 'src', 'library', 'asf.d.ts'),
    'export declare const added: number;\n',
  );
  const { code, text } = await packageCheck('report.mjs', folder.path);
  expect(text).toMatch(
    /^what the package exports has changed: streampump\/asf\nif it was meant to, run npm run api, /,
  );
  expect(code).toBe(1);
}, 120_000);

test('everything that the package exports has words, and every link in its documentation leads somewhere', async () => {
  await using folder = await temporaryFolder();
  const built = join(installed, 'node_modules', 'streampump');
  const { code, text } = await packageCheck('docs.mjs', built, folder.path);
  expect(text.split('\n').filter((line) => /warning|error/.test(line))).toEqual([]);
  expect(code).toBe(0);
  expect(await deadLinks(folder.path)).toEqual([]);
  for (const name of exported)
    expect(existsSync(join(folder.path, 'modules', `streampump_${name}.html`))).toBe(true);
}, 120_000);

test('those who check packages find nothing wrong with its exports', async () => {
  // it is of ES modules only, which Node 24 requires as well
  const resolution = await packageCheck('attw', tarball, '--profile', 'esm-only');
  expect(resolution.code, resolution.text).toBe(0);
  for (const name of exported) expect(resolution.text).toContain(`streampump/${name}`);
  const lint = await packageCheck('publint', tarball, '--strict');
  expect(lint.code, lint.text).toBe(0);
  expect(lint.text).toContain('All good!');
}, 120_000);

test('a page reads and writes AMF3 and FLV and speaks RTMP, bundled with nothing but the platform named', async () => {
  const bundler = join(root, 'node_modules', '.bin', 'esbuild');
  await writeFile(join(installed, 'page.js'), browserUse);
  const options = ['--bundle', '--platform=browser', '--outfile=bundle.js'];
  await using bundling = runTool(bundler, ['page.js', ...options], { cwd: installed, env: packageEnv });
  expect(await bundling.exited, bundling.stderr).toEqual({ code: 0, signal: null });
  await using browser = await TestBrowser.launch();
  await using shown = await browser.page();
  await shown.page.addScriptTag({ path: join(installed, 'bundle.js') });
  const call = (name: string, value?: string): Promise<unknown> =>
    shown.page.evaluate(
      ([name, value]) =>
        (globalThis as unknown as Record<string, (value: unknown) => unknown>)[String(name)]?.(value),
      [name, value],
    );
  expect(await call('roundTrip')).toEqual({
    source: ['sound', 'sound'],
    time: 7,
    bytes: [1, 2],
    text: 'gr\u00fc\u00df \u{1f3b5}',
  });
  const flv = readFileSync(bbbPath);
  expect(await call('readFile', flv.toString('base64'))).toEqual({
    tags: flvTags(flv).length,
    keyframes: expect.any(Number),
    isSame: true,
  });
  expect(await call('publish')).toEqual([
    'connect live',
    'publish cam1',
    '8 40 175 1 7',
    'RTMP_HANDSHAKE_NOT_RTMP',
  ]);
  expect(await shown.page.evaluate(() => 'Buffer' in globalThis)).toBe(false);
  expect(shown.problems).toEqual([]);
}, 120_000);

test.each(['nodenext', 'bundler'])(
  'the types of the package are sound and strict for %s',
  async (resolution) => {
    const folder = join(installed, resolution);
    await mkdir(folder);
    await writeFile(join(folder, 'uses.ts'), typedUse);
    await expectSoundTypes(folder, resolution);
  },
);

test('every example of the library runs, and is what the types say', async () => {
  const blocks = codeBlocks(readText('docs/library.md')).flatMap(({ info, text }) =>
    info === 'ts' ? [text] : [],
  );
  expect(blocks.length).toBeGreaterThan(4);
  const folder = join(installed, 'examples');
  await mkdir(folder);
  await cp(bbbPath, join(folder, 'cam1.flv'));
  await cp(bbbAsfPath, join(folder, 'cam1.asf'));
  for (const [i, text] of blocks.entries()) await writeFile(join(folder, `example-${i}.mts`), text);
  await expectSoundTypes(folder, 'nodenext');
  const outputs = await Promise.all(
    blocks.map(async (_, i) => {
      await using node = runTool(process.execPath, [`example-${i}.mts`], { cwd: folder, env: packageEnv });
      return await node.output;
    }),
  );
  const all = outputs.join('');
  expect(all).toContain("title: 'harbour'");
  expect(all).toContain('WMV2');
  expect(all).toMatch(/listener: 'rtmp'/);
  const sound = flvTags(readFileSync(join(folder, 'sound.flv')));
  expect(new Set(sound.map(({ type }) => type))).toEqual(new Set([8, 18]));
}, 120_000);

/** Compiles what is in a folder inside the one that the package is installed in. */
async function expectSoundTypes(folder: string, resolution: string): Promise<void> {
  const module = resolution === 'bundler' ? 'preserve' : resolution;
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ module, moduleResolution: resolution, target: 'es2024', lib: ['es2024', 'esnext.disposable'] },
        ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: ['node'] },
        typeRoots: [join(root, 'node_modules', '@types')],
      },
    }),
  );
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  await using compiler = runTool(tsc, ['-p', folder], { cwd: installed, env: packageEnv });
  const { code } = await compiler.exited;
  expect(compiler.stdoutBuffer.toString()).toBe('');
  expect(code).toBe(0);
}

test('the package, installed in an empty folder, runs a relay and a load test', async () => {
  const command = join(installed, 'node_modules', '.bin', 'streampump');
  await expectWorks(
    (...args) => runTool(command, args, { cwd: installed, env: packageEnv }),
    (relay) => relay.kill('SIGTERM'),
  );
}, 60_000);

test.for(['clone', 'package'])(
  'npx streampump in a folder with the %s runs a relay and a load test',
  { timeout: 60_000 },
  async (kind) => {
    await using cache = await temporaryFolder();
    const npxEnv = { ...packageEnv, npm_config_cache: cache.path };
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
