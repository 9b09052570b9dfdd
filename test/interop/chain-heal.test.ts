import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readHashes, startHashing } from '../support/probe.ts';
import { pullAll, type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import type { RunningTool } from '../support/run-tool.ts';
import { backwardSteps, publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

const silenceMs = 1500;

function startLink(parent: RelayProcess, rtmpPort = 0): Promise<RelayProcess> {
  const config = { streams: pullAll([parent.rtmpUrl('{key}')], { silenceMs }) };
  return startRelayProcess({ rtmpPort, config });
}

/** Two players at the end of a chain, ffmpeg and our own, that are to stay whatever happens. */
class Audience implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #ffmpeg: RunningTool;
  readonly #player: TestPlayer;

  constructor(relay: RelayProcess, key: string) {
    this.#ffmpeg = this.#stack.use(startHashing(relay.rtmpUrl(key)));
    this.#player = this.#stack.use(TestPlayer.play(relay.rtmpPort, key));
  }

  /** Resolves when both have got that much more. */
  async goesOn(count = 25): Promise<void> {
    const length = readHashes(this.#ffmpeg.stdoutBuffer.toString()).video.length;
    await this.#player.mediaOf(this.#player.media.length + count);
    await this.#ffmpeg.waitForStdout(new RegExp(`(?:^0,[^\\n]*\\n(?:[^0][^\\n]*\\n)*){${length + 5}}`, 'm'));
  }

  /** Milliseconds until our own player gets a frame that is not yet there. */
  async nextFrameAfterMs(): Promise<number> {
    const since = performance.now();
    await this.#player.mediaOf(this.#player.media.length + 1);
    return performance.now() - since;
  }

  /** What both got has times that only rise, and none of the two is gone. */
  async expectOneTimeline(): Promise<void> {
    expect(backwardSteps(this.#player.media)).toEqual([]);
    const { video, audio } = readHashes(this.#ffmpeg.stdoutBuffer.toString());
    for (const frames of [video, audio]) {
      const times = frames.map(({ dtsMs }) => dtsMs);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
    expect(this.#ffmpeg.kill('SIGCONT')).toBe(true); // it is still there
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function reconnectsOf(relay: RelayProcess): Promise<number | undefined> {
  return (await relay.upstreams())[0]?.reconnects;
}

test.concurrent('a link in the middle is killed and comes back: players behind it stay', async () => {
  await using stack = new AsyncDisposableStack();
  const a = stack.use(await startRelayProcess());
  const b = await startLink(a);
  stack.use(b);
  const c = stack.use(await startLink(b));
  stack.use(publishPattern(a.rtmpUrl('live/a')));
  const audience = stack.use(new Audience(c, 'live/a'));
  await audience.goesOn();

  await b.tool.stop('SIGKILL');
  await c.waitForLog(/the server closed the connection|ECONNRESET/);
  stack.use(await startLink(a, b.rtmpPort));
  expect(await audience.nextFrameAfterMs()).toBeLessThan(5000); // the back-off was at most two seconds by then
  await audience.goesOn();
  await audience.expectOneTimeline();
  expect(await reconnectsOf(c)).toBe(1);
}, 60_000);

test.concurrent('an origin that hangs under three hops costs one reconnect in the whole chain', async () => {
  await using stack = new AsyncDisposableStack();
  const origin = stack.use(await startRelayProcess());
  const a = stack.use(await startLink(origin));
  const b = stack.use(await startLink(a));
  const c = stack.use(await startLink(b));
  stack.use(publishPattern(origin.rtmpUrl('live/a')));
  const audience = stack.use(new Audience(c, 'live/a'));
  await audience.goesOn();

  origin.tool.kill('SIGSTOP');
  await a.waitForLog(/no frame for 1500 ms/);
  await sleep(4 * silenceMs - 1500); // the others would have had time to lose patience three times
  origin.tool.kill('SIGCONT');
  expect(await audience.nextFrameAfterMs()).toBeLessThan(2000);
  await audience.goesOn();
  await audience.expectOneTimeline();
  expect(await Promise.all([a, b, c].map(reconnectsOf))).toEqual([1, 0, 0]);
}, 60_000);
