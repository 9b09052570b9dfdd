import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { contentOf, hashFile, hashFlv, readHashes, startHashing } from '../support/probe.ts';
import { playWithRtmpdump, publishWithFfmpeg } from '../support/real-clients.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';
import { TestPlayer } from '../support/test-player.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test('real clients on two workers get every frame; SIGTERM ends it with 0', async () => {
  await using relay = await startRelayProcess({ config: { workers: 2, drain: { timeoutMs: 300 } } });
  const url = relay.rtmpUrl('live/a');
  const workersOf = (event: string): Set<unknown> => new Set(relay.find(event).map(({ worker }) => worker));
  // connections come to workers as the kernel likes: more players until both have some
  const extra: TestPlayer[] = [];
  while (workersOf('play').size < 2) {
    const player = TestPlayer.play(relay.rtmpPort, 'live/a');
    extra.push(player);
    await relay.waitForLog(new RegExp(`("event":"play"[^]*){${extra.length}}`));
  }
  await using ffmpeg = startHashing(url);
  await using rtmpdump = playWithRtmpdump(url, '--live');
  await relay.waitForLog(new RegExp(`("event":"play"[^]*){${extra.length + 2}}`));
  await using publisher = publishWithFfmpeg(url, { seconds: 2 });
  await publisher.output;
  await rtmpdump.exited; // not content: its metadata promises two seconds, the last frame is before that
  const played = readHashes(await ffmpeg.output);
  expect(played.video.length).toBeGreaterThan(40);
  const source = contentOf((await hashFile(bbbPath)).video);
  expect(contentOf(played.video)).toEqual(source.slice(0, played.video.length));
  expect((await hashFlv(rtmpdump.stdoutBuffer)).video).toEqual(played.video);
  await Promise.all(extra.map(({ ended }) => ended));
  expect(new Set(extra.map(({ media }) => media.length)).size).toBe(1);

  for (const { connection, worker } of relay.find('play')) {
    expect(connection).toMatch(new RegExp(`^w${String(worker)}c\\d+$`));
  }
  for (const player of extra) await player.cut();
  await relay.tool.stop('SIGTERM');
  expect(await relay.tool.exited).toEqual({ code: 0, signal: null });
  expect(relay.log).not.toMatch(/"event":"(bug|worker)"/);
});

test('"auto" serves with one worker per core', async () => {
  await using relay = await startRelayProcess({ config: { workers: 'auto' } });
  await using player = TestPlayer.play(relay.rtmpPort, 'live/a');
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 1 });
  await publisher.output;
  expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
});

test('a relay of one worker loads nothing of those that have several', async () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, cli, 'relay'];
  const ports = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
  await using relay = runTool(process.execPath, [...args, ...ports]);
  await relay.waitForStdout(/"listener":"admin"/);
  expect(relay.stderr).toContain('/src/service/relay/relay.ts');
  expect(relay.stderr).not.toContain('/workers/');
});
