import { expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { startNginx } from '../support/nginx.ts';
import { contentOf, framesFrom, hashFile, readHashes, startHashing } from '../support/probe.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay } from '../support/start-relay.ts';
import { publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

async function expectBbb(framemd5: string, leastFrames: number): Promise<void> {
  const [played, source] = [readHashes(framemd5), await hashFile(bbbPath)];
  for (const kind of ['video', 'audio'] as const) {
    const expected = framesFrom(played[kind][0], source[kind]).slice(0, played[kind].length);
    expect(contentOf(played[kind])).toEqual(contentOf(expected));
  }
  expect(played.video.length).toBeGreaterThan(leastFrames);
}

test('pulls from nginx, be the stream there later than the player', async () => {
  await using nginx = await startNginx();
  const streams = pullAll([nginx.url('{name}?token=sesame')], { silenceMs: 800, lingerMs: 0 });
  await using relay = await startRelay({ streams });
  await using player = startHashing(relay.rtmpUrl('from/nginx'));
  await relay.log.waitFor('play', { stream: 'from/nginx' });
  await nginx.tool.waitForStderr(/play: name='nginx'/);
  await new Promise((resolve) => setTimeout(resolve, 2000)); // longer than silenceMs: nginx says Stream Begin, and no more
  await using publisher = publishWithFfmpeg(nginx.url('nginx'), { realTime: true, seconds: 4 });
  await publisher.output;
  await expectBbb(await player.output, 90); // ends as nginx says so
  expect(nginx.tool.stderr.match(/play: name='nginx'/g)).toHaveLength(1); // one connection, which waited
}, 40_000);

test('forwards to nginx, which is killed and comes back, and to a server that is not there', async () => {
  await using stack = new AsyncDisposableStack();
  const nginx = await startNginx();
  stack.use(nginx);
  const dead = 'rtmp://127.0.0.1:1/live/private-key';
  await using relay = await startRelay({
    streams: [{ match: '**', source: { type: 'push' }, forward: [dead, nginx.url('{name}-copy')] }],
  });
  const own = stack.use(TestPlayer.play(relay.port('rtmp'), 'to/nginx'));
  stack.use(publishPattern(relay.rtmpUrl('to/nginx')));
  await relay.log.waitFor('forward', { target: `rtmp://127.0.0.1:${nginx.port}/live/***` });
  const before = stack.use(startHashing(nginx.url('nginx-copy')));
  await before.waitForStdout(/^0, +\d+,.*\n(?:.*\n)*^1, +\d+,/m);

  await nginx.tool.stop('SIGKILL');
  const again = stack.use(await startNginx(nginx.port));
  await again.tool.waitForStderr(/publish: name='nginx-copy'/);
  const after = stack.use(startHashing(again.url('nginx-copy')));
  await after.waitForStdout(/^0, +\d+,.*\n(?:.*\n)*^1, +\d+,/m);
  const gapMs = own.media.map(({ timestamp }, at) => timestamp - (own.media[at - 1]?.timestamp ?? timestamp));
  expect(Math.max(...gapMs)).toBeLessThan(100); // the relay's own players notice nothing
  const statuses = await (await fetch(relay.adminUrl('/api/v1/forwards'))).text();
  expect(JSON.parse(statuses)).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({
        state: expect.stringMatching(/waiting|connecting/),
        lastError: expect.stringContaining('ECONNREFUSED'),
      }),
      expect.objectContaining({ state: 'flowing', reconnects: expect.any(Number) }),
    ]),
  });
  expect(statuses + JSON.stringify(relay.log.lines)).not.toMatch(/private-key|nginx-copy/);
}, 40_000);

test('what is forwarded to nginx is what was published, frame by frame', async () => {
  await using nginx = await startNginx();
  await using relay = await startRelay({
    streams: [{ match: '**', source: { type: 'push' }, forward: [nginx.url('{name}')] }],
  });
  await using player = startHashing(nginx.url('copy'));
  await nginx.tool.waitForStderr(/play: name='copy'/);
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/copy'), { realTime: true, seconds: 4 });
  await publisher.output;
  await player.waitForStdout(/(?:^0,.*\n(?:^1,.*\n)*){95}/m);
  await player.stop('SIGKILL'); // nginx does not end a stream for its players
  await expectBbb(player.stdoutBuffer.toString(), 90);
}, 40_000);
