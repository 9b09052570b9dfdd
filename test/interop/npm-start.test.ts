import { expect, test } from 'vitest';
import { root } from '../support/markdown.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const onFreePorts = ['--host', '127.0.0.1', '--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
const frame = { type: 9, timestamp: 0, payload: Buffer.from('1701000000aa', 'hex') } as const;

/** `npm start` as a user types it; without what it runs before, which would replace the packages that this test runs on. */
function npmStart(...options: readonly string[]): RunningTool {
  const env = { STREAMPUMP_DRAIN_TIMEOUT_MS: '60000', STREAMPUMP_LOG_FORMAT: 'json' };
  return runTool('npm', ['start', '--ignore-scripts', '--', ...options], { cwd: root, env });
}

async function rtmpPortOf(npm: RunningTool): Promise<number> {
  const [, port] = await npm.waitForStdout(/"event":"listening","listener":"rtmp"[^\n]*"port":(\d+)/);
  return Number(port);
}

/** What each way to end a relay that npm runs has to come to: those who are there stay, and nothing is left. */
async function expectDrain(npm: RunningTool, end: () => void): Promise<void> {
  const rtmpPort = await rtmpPortOf(npm);
  await using player = TestPlayer.play(rtmpPort, 'live/a');
  await using publisher = await TestPublisher.start(rtmpPort, 'live/a');
  publisher.sendMedia(frame);
  await player.mediaOf(1);
  end();
  await npm.waitForStdout(/"event":"draining"/);
  for (let count = 2; count < 200; count++) {
    publisher.sendMedia({ ...frame, timestamp: count * 40 });
    await player.mediaOf(count);
  }
  await publisher.finish();
  await player.ended;
  await player.cut();
  expect(await npm.exited).toEqual({ code: 0, signal: null });
  expect(npm.leftProcesses).toBe(false);
}

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s to npm start drains the relay and leaves nothing',
  async (signal) => {
    await using npm = npmStart(...onFreePorts);
    await expectDrain(npm, () => npm.kill(signal));
  },
);

test('Ctrl-C, which a terminal sends to npm and to the relay, and npm to the relay as well, counts once', async () => {
  await using npm = npmStart(...onFreePorts);
  await expectDrain(npm, () => process.kill(-npm.pid, 'SIGINT'));
});

test("a faulty option behind the dashes is the relay's to refuse, and its exit code that of npm", async () => {
  await using npm = npmStart('--rtmp-port', '99999');
  expect(await npm.exited).toEqual({ code: 2, signal: null });
  expect(npm.stderr).toContain('--rtmp-port: expected an integer');
});

test('an option before the dashes, which npm takes for itself, is told to stand behind them', async () => {
  const env = { npm_lifecycle_event: 'prestart', npm_config_rtmp_port: 'true', npm_config_check: 'true' };
  await using script = runTool(process.execPath, ['scripts/install.mjs'], { cwd: root, env });
  expect(await script.exited).toEqual({ code: 2, signal: null });
  expect(script.stderr).toBe(
    'npm took --rtmp-port --check for itself: pass relay options after --, as in npm start -- --rtmp-port 2935\n',
  );
});
