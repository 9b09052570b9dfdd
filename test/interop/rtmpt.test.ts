import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CertificateFolder } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { codeBlocks, readText } from '../support/markdown.ts';
import { bbbPath } from '../support/media.ts';
import { startNginxSite } from '../support/nginx.ts';
import {
  contentOf,
  framesFrom,
  type HashedFrames,
  hashFlv,
  hashingArgs,
  readHashes,
  startHashing,
} from '../support/probe.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';

/** The clip has ten seconds: so often it goes out. */
const ROUNDS = 6;

/** For tools that run for more than a minute. */
const forLong = { timeLimitMs: 120_000 };

const PROXY = '127.0.66.1';

/** A configuration in docs/rtmpt.md, with other words in the place of its own. */
function recipe(words: string, changes: Readonly<Record<string, string>>): string {
  const block = codeBlocks(readText('docs/rtmpt.md')).find(({ text }) => text.includes(words));
  return Object.entries(changes).reduce((text, [written, put]) => {
    expect(text).toContain(written);
    return text.replaceAll(written, put);
  }, block?.text ?? '');
}

/** Publishes the clip, round after round, at the pace at which it is shown. */
function publish(url: string): RunningTool {
  const input = ['-readrate', '1', '-stream_loop', String(ROUNDS - 1), '-i', bbbPath];
  const quiet = ['-hide_banner', '-nostdin', '-v', 'error'];
  const output = ['-c', 'copy', '-f', 'flv', '-flvflags', 'no_duration_filesize', url];
  return runTool('ffmpeg', [...quiet, ...input, ...output], forLong);
}

/**
 * So many packets ffmpeg collects for one request, and forgets what it has collected when it ends.
 * @see rtmp_flush_interval of ffmpeg
 */
const COLLECTED = 10;

/** What a player that has joined in the first round has not got, apart from what was not sent: a sentence for each stream. */
function lossesOf(player: HashedFrames, source: HashedFrames): string[] {
  let unsent = 0;
  const losses = (['video', 'audio'] as const).map((stream) => {
    const got = contentOf(player[stream]);
    const expected = contentOf(framesFrom(player[stream][0], source[stream]));
    unsent += expected.length - got.length;
    const isWhole = got.every((frame, at) => frame === expected[at]);
    const hasJoined = expected.length > ((ROUNDS - 1) / ROUNDS) * source[stream].length;
    return isWhole && hasJoined ? '' : `${stream}: ${got.length} of ${expected.length} frames, not in order`;
  });
  return [...losses, unsent < COLLECTED ? '' : `${unsent} frames at the end`].filter(Boolean);
}

test('for a minute through nginx and HAProxy, over TLS and without, to any worker: nothing is missing', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('proxy');
  await folder.write('live.pem', `${await readFile(certFile, 'utf8')}${await readFile(keyFile, 'utf8')}`);
  await using relay = await TestCluster.start({
    http: { rtmpt: true, trustedProxies: [PROXY] },
    listen: { https: { host: '127.0.0.1', port: 0, certFile, keyFile } },
  });
  const [nginxTls, haproxy, haproxyTls] = await Promise.all([freePort(), freePort(), freePort()]);
  const [upstream = '', server = ''] = recipe('proxy_pass', {
    '10.0.0.10:8080': `127.0.0.1:${relay.port('http')}`,
    'listen 80;': '',
    'listen 443 ssl': `listen 127.0.0.1:${nginxTls} ssl`,
    '/etc/nginx/live.pem': certFile,
    '/etc/nginx/live.key': keyFile,
    'proxy_pass http://relay;': `proxy_bind ${PROXY}; proxy_pass http://relay;`,
  }).split(/\nserver \{|\}\s*$/);
  await using nginx = await startNginxSite(server, upstream);
  const haproxyConfig = recipe('h1-case-adjust', {
    'bind :80': `bind 127.0.0.1:${haproxy}`,
    'bind :443': `bind 127.0.0.1:${haproxyTls}`,
    '/etc/haproxy/live.pem': folder.file('live.pem'),
    '10.0.0.10:8080': `127.0.0.1:${relay.port('http')} source ${PROXY}`,
  });
  await using _haproxy = await startHaproxy(haproxyConfig, haproxy);

  await using source = startHashing(bbbPath, '-stream_loop', String(ROUNDS - 1));
  const sent = readHashes(await source.output);
  await using byNginx = publish(`rtmpt://127.0.0.1:${nginx.port}/live/a`);
  await using byHaproxyTls = publish(`rtmpts://127.0.0.1:${haproxyTls}/live/b`);
  await using players = new AsyncDisposableStack();
  const urls = [
    `rtmpts://127.0.0.1:${nginxTls}/live/a`,
    `rtmpt://127.0.0.1:${haproxy}/live/a`,
    `rtmpts://127.0.0.1:${relay.port('https')}/live/b`,
  ];
  const playing = urls.map((url) => ({
    url,
    tool: players.use(runTool('ffmpeg', hashingArgs(url), forLong)),
  }));
  const dumpUrls = [`rtmpt://127.0.0.1:${relay.port('http')}/live/b`, `rtmpt://127.0.0.1:${haproxy}/live/a`];
  const dumping = dumpUrls.map((url) => ({
    url,
    tool: players.use(runTool('rtmpdump', ['-q', '-r', url, '-o', '-'], forLong)),
  }));
  for (const publisher of [byNginx, byHaproxyTls])
    expect([(await publisher.exited).code, publisher.stderr]).toEqual([0, '']);

  const losses = await Promise.all([
    ...playing.map(async ({ url, tool }) => [url, lossesOf(readHashes(await tool.output), sent)]),
    ...dumping.map(async ({ url, tool }) => {
      await tool.exited;
      return [url, lossesOf(await hashFlv(tool.stdoutBuffer), sent)];
    }),
  ]);
  expect(losses).toEqual([...urls, ...dumpUrls].map((url) => [url, []]));
}, 150_000);
