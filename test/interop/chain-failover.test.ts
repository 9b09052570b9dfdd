import { expect, test } from 'vitest';
import { startHashing } from '../support/probe.ts';
import { pullAll, startRelayProcess } from '../support/relay-process.ts';
import { backwardSteps, publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

test('of two origins the first is killed and comes back: the player is handed over twice and stays', async () => {
  await using stack = new AsyncDisposableStack();
  const first = await startRelayProcess();
  stack.use(first);
  const second = stack.use(await startRelayProcess());
  const urls = [first.rtmpUrl('{key}?token=sesame-1'), second.rtmpUrl('{key}?token=sesame-2')];
  const edge = stack.use(
    await startRelayProcess({ config: { streams: pullAll(urls, { silenceMs: 1500 }) } }),
  );
  stack.use(publishPattern(first.rtmpUrl('live/a')));
  stack.use(publishPattern(second.rtmpUrl('live/a')));
  await Promise.all([first, second].map((relay) => relay.waitForLog(/publishes live\/a/)));
  const player = stack.use(TestPlayer.play(edge.rtmpPort, 'live/a'));
  const ffmpeg = stack.use(startHashing(edge.rtmpUrl('live/a')));
  await player.mediaOf(50);
  expect(await edge.upstreams()).toMatchObject([{ url: first.rtmpUrl('live/a'), state: 'flowing' }]);

  await first.tool.stop('SIGKILL');
  const killedAt = performance.now();
  await player.mediaOf(player.media.length + 20);
  expect(performance.now() - killedAt).toBeLessThan(2500);
  expect(await edge.upstreams()).toMatchObject([{ url: second.rtmpUrl('live/a'), reconnects: 1 }]);

  const again = stack.use(await startRelayProcess({ rtmpPort: first.rtmpPort }));
  stack.use(publishPattern(again.rtmpUrl('live/a')));
  await edge.waitForLog(new RegExp(`(?:comes from rtmp://127.0.0.1:${first.rtmpPort}/live/a".*\n[^]*){2}`));
  await player.mediaOf(player.media.length + 50);
  expect(await edge.upstreams()).toMatchObject([
    { url: again.rtmpUrl('live/a'), state: 'flowing', reconnects: 1 },
  ]);
  expect(backwardSteps(player.media)).toEqual([]);
  expect(ffmpeg.kill('SIGCONT')).toBe(true); // it has stayed
  const pages = await Promise.all(['/metrics', '/api/v1/upstreams'].map((path) => edge.page(path)));
  const logs = [edge, first, second, again].map(({ log }) => log);
  expect([...pages, ...logs].join('')).not.toContain('sesame');
}, 60_000);
