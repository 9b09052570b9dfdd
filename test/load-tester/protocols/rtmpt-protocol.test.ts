import { expect, test } from 'vitest';
import { runLoad } from '../../support/load-run.ts';
import { bbbPath } from '../../support/media.ts';
import { startRelay } from '../../support/start-relay.ts';

test('two hundred players get all that a publisher sends, all of them over RTMPT', async () => {
  await using relay = await startRelay({
    http: { rtmpt: true },
    limits: { pendingSessionsPerAddress: 1000 }, // a player is pending twice at first, with its connection and its tunnel
  });
  const url = `rtmpt://127.0.0.1:${relay.port('http')}/live/a`;
  const { exitCode, report } = await runLoad([
    ...[url, '--publish', bbbPath, '--players', '200', '--ramp', '100', '--duration', '4', '--probes', '20'],
    '--json',
  ]);
  expect([exitCode, report.failures]).toEqual([0, []]);
  expect(report.counts).toMatchObject({ played: 200, failed: 0, missingMessages: 0 });
});
