import { readdirSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { curl } from '../support/http-client.ts';
import { type InstalledPackage, installedPackage, packageEnv } from '../support/installed-package.ts';
import { readText, root } from '../support/markdown.ts';
import { bbbPath } from '../support/media.ts';
import { contentOf, hashFile, readHashes, startHashing, startProbe } from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const readme = readText('examples/library/README.md');
/** The samples by what the README says of how they are run. */
const commands = [...readme.matchAll(/\| `node ([\w-]+)\.ts ([^`]*)` \|/g)].map(
  ([, name = '', args = '']) => ({
    name,
    args: args.split(' '),
  }),
);
const names = commands.map(({ name }) => name);

/** How a sample is spelt, and what its file is called then. */
const spellings = [
  { spelling: 'TypeScript', extension: 'ts', spell: (text: string) => text },
  { spelling: 'import', extension: 'mjs', spell: (text: string) => stripTypeScriptTypes(text) },
  { spelling: 'require', extension: 'cjs', spell: (text: string) => required(stripTypeScriptTypes(text)) },
];

function required(text: string): string {
  return text.replace(
    /^import (\w+|\{[^}]+\}) from ('[^']+');/gm,
    (_, names: string, from: string) => `const ${names.replaceAll(' as ', ': ')} = require(${from});`,
  );
}

let installed: InstalledPackage;
/** Two seconds of the test media. */
let video: string;

beforeAll(async () => {
  installed = await installedPackage();
  video = join(installed.path, 'video.flv');
  await using ffmpeg = runTool('ffmpeg', ['-v', 'error', '-i', bbbPath, '-t', '2', '-c', 'copy', video]);
  const texts = names.map(async (name) => {
    const text = await readFile(join(root, 'examples', 'library', `${name}.ts`), 'utf8');
    for (const { extension, spell } of spellings)
      await writeFile(join(installed.path, `${name}.${extension}`), spell(text));
  });
  await Promise.all([ffmpeg.output, ...texts]);
}, 300_000);

/** Runs a sample, as the README says, with other arguments. */
function run(extension: string, name: string, ...args: readonly (string | number)[]): RunningTool {
  const { args: shown = [] } = commands.find((command) => command.name === name) ?? {};
  expect(args).toHaveLength(shown.length);
  return runTool('node', [`${name}.${extension}`, ...args.map(String)], {
    cwd: installed.path,
    env: packageEnv,
  });
}

async function portOf(sample: RunningTool, listener = 'listening'): Promise<string> {
  const [, port = ''] = await sample.waitForStdout(new RegExp(`${listener} on port (\\d+)`));
  return port;
}

test('the README has a line for every sample, with what stands in its first lines', () => {
  const files = readdirSync(join(root, 'examples', 'library'));
  expect(files.filter((file) => file.endsWith('.ts')).sort()).toEqual(
    names.map((name) => `${name}.ts`).sort(),
  );
  for (const name of names) expect(readText(`examples/library/${name}.ts`)).toContain(`//   node ${name}.ts`);
});

test.concurrent.each(['nodenext', 'bundler'])(
  'the types of all samples are sound and strict for %s',
  async (resolution) => {
    const folder = join(installed.path, `samples-${resolution}`);
    await mkdir(folder);
    for (const name of names) await cp(join(installed.path, `${name}.ts`), join(folder, `${name}.ts`));
    const module = resolution === 'nodenext' ? 'nodenext' : 'esnext';
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2024',
      '--lib',
      'es2024,esnext.disposable,dom',
      '--types',
      'node',
    ];
    const types = [
      '--typeRoots',
      join(root, 'node_modules', '@types'),
      '--module',
      module,
      '--moduleResolution',
      resolution,
    ];
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await using tsc = runTool('tsc', [...options, ...types, ...names.map((name) => `${name}.ts`)], {
      cwd: folder,
    });
    await tsc.exited;
    expect(tsc.stdoutBuffer.toString()).toBe('');
  },
);

describe.each(spellings)('as $spelling', ({ extension }) => {
  test.concurrent('what is published from a file plays in full, into a file and in ffmpeg', async () => {
    await using server = run(extension, 'relay-server', 0);
    const url = `rtmp://127.0.0.1:${await portOf(server)}/live`;
    const copy = join(installed.path, `copy-${extension}.flv`);
    await using player = run(extension, 'play-to-file', url, 'cam1', copy);
    await player.waitForStdout('playing cam1');
    await using publisher = run(extension, 'publish-file', video, url, 'cam1');
    await publisher.waitForStdout('publishing cam1');
    await using ffmpeg = startHashing(`${url}/cam1`, '-rtmp_live', 'live');
    expect(await publisher.output).toContain('is published');
    expect(await player.output).toContain('is written');
    const source = await hashFile(video);
    const copied = await hashFile(copy);
    expect(contentOf(copied.video)).toEqual(contentOf(source.video));
    expect(contentOf(copied.audio)).toEqual(contentOf(source.audio));
    // ffmpeg came after the first keyframe, and got all since then
    expect(contentOf(readHashes(await ffmpeg.output).video)).toEqual(contentOf(source.video));
  });

  test.concurrent('a publisher that loses its server finds it again; an edge lets in who may, and nobody else', async () => {
    let server = run(extension, 'relay-server', 0);
    const port = await portOf(server);
    const origin = `rtmp://127.0.0.1:${port}/live`;
    await using publisher = run(extension, 'publish-again', video, origin, 'cam1');
    await publisher.waitForStdout('publishing');
    await server.stop('SIGKILL');
    await publisher.waitForStdout(/again in \d+ ms/);
    server = run(extension, 'relay-server', port);
    await using _ = server;
    await publisher.waitForStdout(/again in[\s\S]*publishing/);
    await using edge = run(extension, 'edge', `rtmp://127.0.0.1:${port}`, 0, 0);
    const url = `http://127.0.0.1:${await portOf(edge, 'http')}/live/cam1.flv`;
    await using refused = curl('-s', '-w', '%{http_code}', `${url}?visitor=eve`);
    expect(await refused.output).toMatch(/subscribers[\s\S]*403$/);
    await using ffprobe = startProbe(`${url}?visitor=ann`, '-read_intervals', '%+1');
    const { streams } = JSON.parse(await ffprobe.output) as { streams: { codec_name: string }[] };
    expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(['aac', 'h264']);
  });

  test.concurrent('a relay inside a web application asks it who publishes, and tells it what is live', async () => {
    await using app = run(extension, 'fastify-relay', 0, 0);
    const url = `rtmp://127.0.0.1:${await portOf(app, 'rtmp')}/live/cam1`;
    const web = `http://127.0.0.1:${await portOf(app, 'web')}/streams`;
    await using refused = publishWithFfmpeg(`${url}?key=wrong`);
    expect(await refused.exited).not.toEqual({ code: 0, signal: null });
    await using publisher = publishWithFfmpeg(`${url}?key=secret`, { realTime: true });
    await app.waitForStdout('live/cam1: streamUp');
    await using live = curl('-s', web);
    expect(JSON.parse(await live.output)).toEqual([{ stream: 'live/cam1', state: 'live', players: 0 }]);
    await publisher.stop('SIGTERM');
    await app.stop('SIGTERM');
    expect(app.leftProcesses).toBe(false);
  });

  test.concurrent('a bot answers what a relay calls by its API', async () => {
    const socket = join(installed.path, `admin-${extension}.sock`);
    const free = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
    await using relay = runTool('npx', ['streampump', 'relay', ...free], {
      cwd: installed.path,
      env: { ...packageEnv, STREAMPUMP_ADMIN_SOCKET: socket },
    });
    const [, port] = await relay.waitForStdout(/"listener":"rtmp"[^\n]*"port":(\d+)[\s\S]*admin-/);
    await using bot = run(extension, 'call-bot', `rtmp://127.0.0.1:${port}/live`);
    await bot.waitForStdout('ready');
    const api = ['-s', '--unix-socket', socket, '-H', 'content-type: application/json'];
    const sessionsUrl = 'http://localhost/api/v1/sessions';
    await using sessions = curl(...api, sessionsUrl);
    const [{ id }] = (JSON.parse(await sessions.output) as { items: [{ id: string }] }).items;
    const call = async (name: string, ...args: unknown[]): Promise<unknown> => {
      const body = JSON.stringify({ name, args });
      await using answer = curl(...api, '-d', body, `${sessionsUrl}/${id}/call`);
      return JSON.parse(await answer.output);
    };
    expect(await call('greet', 'Ann')).toEqual({ result: 'Hello, Ann!' });
    expect(await call('add', 1, 2, 3.5)).toEqual({ result: 6.5 });
    expect(await call('greet', 5)).toMatchObject({
      error: { code: 'Bot.NoName', description: 'whom shall I greet?' },
    });
  });

  test.concurrent('a client of AMF calls the methods of a service', async () => {
    await using service = run(extension, 'amf-service', 0);
    await using client = run(extension, 'amf-client', `http://127.0.0.1:${await portOf(service)}/`);
    expect(await client.output).toBe('1\ntwo bottles\nNotes.NotFound: there is no such note\n');
  });
});
