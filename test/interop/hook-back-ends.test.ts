import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { playWithFfmpeg, publishWithFfmpeg } from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const secret = 'a secret of the test that nobody knows';

/** One of the back ends in the documentation, on a port of its own. */
async function startBackEnd(name: string): Promise<{ readonly tool: RunningTool; readonly url: string }> {
  const file = fileURLToPath(new URL(`../../examples/hooks/${name}.mjs`, import.meta.url));
  const tool = runTool(process.execPath, [file], { env: { PORT: '0', HOOK_SECRET: secret } });
  const [, port] = await tool.waitForStdout(/listening on port (\d+)/);
  return { tool, url: `http://127.0.0.1:${port}/hook` };
}

test('the back end of the docs checks signatures, asks for keys, and notes what has happened', async () => {
  const { tool, url } = await startBackEnd('back-end');
  await using backEnd = tool;
  const events = ['publish', 'play', 'unpublish', 'stop', 'streamUp', 'streamDown'];
  await using relay = await startRelay({ hooks: [{ events, url, secret }] });
  await using wrong = publishWithFfmpeg(relay.rtmpUrl('live/cam1?key=guessed'), { seconds: 1 });
  expect((await wrong.exited).code).not.toBe(0);
  expect(wrong.stderr).toContain('this is not the key to publish live/cam1');

  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/cam1?key=publish-me'), { realTime: true });
  await backEnd.waitForStdout('streamUp live/cam1');
  await using uninvited = playWithFfmpeg(relay.rtmpUrl('live/cam1?key=publish-me'));
  expect((await uninvited.exited).code).not.toBe(0);
  await using player = playWithFfmpeg(relay.rtmpUrl('live/cam1?key=watch-me'));
  await relay.log.waitFor('play', { stream: 'live/cam1' });
  await publisher.stop('SIGINT');
  await player.exited;
  const [, unpublish = ''] = await backEnd.waitForStdout(/unpublish live\/cam1: (.*)/);
  expect(JSON.parse(unpublish)).toMatchObject({ event: 'unpublish', protocol: 'rtmp', reason: 'ended' });
  await backEnd.waitForStdout('streamDown live/cam1');
  const [, stop = ''] = await backEnd.waitForStdout(/stop live\/cam1: (.*)/);
  expect(JSON.parse(stop).bytes).toBeGreaterThan(1000);
});

test('whoever sends requests without the secret of the hook is not believed', async () => {
  const { tool, url } = await startBackEnd('back-end');
  await using _backEnd = tool;
  const hooks = [{ events: ['publish'], url, secret: 'another secret of the test' }];
  await using relay = await startRelay({ hooks });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/cam1?key=publish-me'), { seconds: 1 });
  expect((await publisher.exited).code).not.toBe(0);
});

test('a back end for SRS lets in who has the token, and hears who has gone', async () => {
  const { tool, url } = await startBackEnd('srs-back-end');
  await using backEnd = tool;
  const events = ['publish', 'play', 'unpublish', 'stop'];
  await using relay = await startRelay({ hooks: [{ events, url, preset: 'srs' }] });
  await using wrong = publishWithFfmpeg(relay.rtmpUrl('live/cam1?token=guessed'), { seconds: 1 });
  expect((await wrong.exited).code).not.toBe(0);
  await backEnd.waitForStdout(/on_publish live\/cam1 by client c\d+ from 127.0.0.1: refused/);
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/cam1?token=publish-me'), { realTime: true });
  await relay.published('live/cam1');
  await using player = playWithFfmpeg(relay.rtmpUrl('live/cam1?token=watch-me'));
  await relay.log.waitFor('play', { stream: 'live/cam1' });
  await publisher.stop('SIGINT');
  await player.exited;
  for (const action of ['on_publish', 'on_play', 'on_unpublish', 'on_stop'])
    await backEnd.waitForStdout(new RegExp(`${action} live/cam1 by client c\\d+ from 127.0.0.1: ok`));
});

test('a back end for nginx-rtmp lets in who has the password, and hears who has gone', async () => {
  const { tool, url } = await startBackEnd('nginx-rtmp-back-end');
  await using backEnd = tool;
  const events = ['connect', 'publish', 'unpublish'];
  await using relay = await startRelay({ hooks: [{ events, url, preset: 'nginx-rtmp' }] });
  await using wrong = publishWithFfmpeg(relay.rtmpUrl('live/cam1?pass=guessed'), { seconds: 1 });
  expect((await wrong.exited).code).not.toBe(0);
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/cam1?pass=publish-me'), { seconds: 2 });
  await relay.published('live/cam1');
  expect((await publisher.exited).code).toBe(0);
  await backEnd.waitForStdout(/connect live\/undefined by client undefined from 127.0.0.1: ok/);
  await backEnd.waitForStdout(/publish live\/cam1 by client \d+ from 127.0.0.1: refused/);
  await backEnd.waitForStdout(/publish_done live\/cam1 by client \d+ from 127.0.0.1: ok/);
});
