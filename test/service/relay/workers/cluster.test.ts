import { expect, test, vi } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { Cluster } from '../../../../src/service/relay/workers/cluster.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { media } from '../../../support/fake-media.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { TestCluster } from '../../../support/start-cluster.ts';

test('a drain does not wait without end for a worker that hangs', async () => {
  const local = { host: '127.0.0.1', port: 0 };
  const listen = { rtmp: local, http: null, admin: null };
  const settings = relaySettings.parse({ listen, workers: 2, drain: { timeoutMs: 5000 } });
  const clock = new FakeClock();
  const cluster = await Cluster.start(settings, new RecordingLog(), clock);
  const stillRuns = new Promise<never>(() => {});
  for (const worker of cluster.workers.values()) {
    vi.spyOn(worker, 'drain').mockReturnValue(stillRuns);
    vi.spyOn(worker, 'close').mockReturnValue(stillRuns);
  }
  const exited = [...cluster.workers.values()].map(
    ({ worker }) => new Promise((resolve) => worker.once('exit', resolve)),
  );
  let isDrained = false;
  const drained = cluster.drain().then(() => {
    isDrained = true;
  });
  clock.advance(7999);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDrained).toBe(false);
  clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve)); // now it stops them, which they do not hear either
  clock.advance(3000);
  await drained;
  await Promise.all(exited);
});

test('each worker has its share of what all streams together may keep', async () => {
  await using relay = await TestCluster.start({ cache: { totalBytes: 200_000 } });
  await using first = await relay.publish(0, 'live/a');
  first.sendMedia(...media('VH1@0 K1@0:60000'));
  await using second = await relay.publish(1, 'live/b');
  second.sendMedia(...media('VH1@0 K1@0:60000'));
  await relay.reaches('streampump_streams', 2);
  expect(await relay.metric('streampump_cache_evictions_total')).toBe(0);
  first.sendMedia(...media('P2@40:60000'));
  await relay.reaches('streampump_cache_evictions_total', 1);
});
