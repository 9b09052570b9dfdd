import { describe, expect, test, vi } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../../src/config/relay-settings.ts';
import { Cluster } from '../../../../src/service/relay/workers/cluster.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { media } from '../../../support/fake-media.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { TestCluster } from '../../../support/start-cluster.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

test('a drain does not wait without end for a worker that hangs', async () => {
  const local = { host: '127.0.0.1', port: 0 };
  const listen = { rtmp: local, http: null, admin: null };
  const settings = relaySettings.parse({
    admin: { socket: null },
    listen,
    workers: 2,
    drain: { timeoutMs: 5000 },
  });
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

describe('a list of sessions', () => {
  test('is not shown in part because a worker is too busy', async () => {
    await using relay = await TestCluster.start();
    const worker = relay.cluster.workers.get(1);
    if (worker === undefined) throw new Error('there is no worker 1');
    vi.spyOn(worker, 'ask').mockResolvedValue(undefined);
    const response = await fetch(relay.adminUrl('/api/v1/sessions'));
    expect([response.status, await response.text()]).toEqual([
      503,
      '{"error":"unavailable","message":"worker 1 is too busy to answer"}\n',
    ]);
  });

  test('lacks those of a worker that dies while it is asked', async () => {
    await using relay = await TestCluster.start();
    await using _publisher = await relay.publish(0, 'live/a');
    await using lost = await relay.publish(1, 'live/b');
    const worker = relay.cluster.workers.get(1);
    if (worker === undefined) throw new Error('there is no worker 1');
    vi.spyOn(worker, 'ask').mockImplementation(async () => {
      await relay.kill(1);
      return undefined;
    });
    const { items, next } = await relay.cluster.sessions({ limit: 10 });
    expect([items.map(({ stream }) => stream), next]).toEqual([['live/a'], null]);
    await lost.closed;
  });
});

test('sessions of a worker that replaces another have ids that nobody had', async () => {
  await using relay = await TestCluster.start();
  const ids = async () => (await relay.cluster.sessions({ limit: 10 })).items.map(({ id }) => id);
  await using lost = await relay.publish(1, 'live/a');
  await using _stays = await relay.publish(0, 'live/b');
  const before = await ids();
  expect(before).toEqual([expect.stringMatching(/^w0c\d+$/), expect.stringMatching(/^w1c\d+$/)]);
  await relay.kill(1);
  await lost.closed;
  await relay.log.waitFor('worker', { worker: 1 }, { count: 2 }); // that it died, and that it is running again
  await using _next = await relay.publish(1, 'live/c');
  const [stays, next = ''] = await ids(); // in the order in which workers were started
  expect([stays, next]).toEqual([before[0], expect.stringMatching(/^w2c\d+$/)]);
  expect(await relay.cluster.session(next)).toMatchObject({ id: next, stream: 'live/c' });
  expect(await relay.cluster.session(before[1] ?? '')).toBeUndefined();
});

test('a publication that goes with its worker has its last line, with the fields of any other', async () => {
  await using relay = await TestCluster.start();
  await using _ended = await relay.publish(0, 'live/ended').then(async (publisher) => {
    await publisher.finish();
    return publisher;
  });
  await using _lost = await relay.publish(0, 'live/lost');
  await using _other = await relay.publish(1, 'live/other');
  await relay.reaches('streampump_sessions{role="publisher",protocol="rtmp"}', 2);
  await relay.kill(0);
  const { level, fields } = await relay.log.waitFor('unpublish');
  expect([level, fields]).toEqual([
    'info',
    {
      worker: 0,
      connection: expect.stringMatching(/^w0c\d+$/),
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      protocol: 'rtmp',
      client: expect.any(String),
      stream: 'live/lost',
      seconds: null,
      bytes: null,
      reason: 'worker',
    },
  ]);
  expect(relay.log.find('unpublish')).toHaveLength(1);
});

describe('settings that a worker cannot take over', () => {
  const local = { host: '127.0.0.1', port: 0 };
  const settingsOf = (publish: string[]) =>
    relaySettings.parse({
      admin: { socket: null },
      listen: { rtmp: local, http: null, admin: null },
      workers: 2,
      access: { publish },
    });

  /** The reasons for which each worker refuses a publisher. */
  const refusals = async (cluster: TestCluster): Promise<string[]> => {
    const reasons: string[] = [];
    for (const worker of [0, 1]) {
      const socket = await cluster.connect(worker);
      await using publisher = new TestPublisher(cluster.port('rtmp'), 'publish', 'live/a', socket);
      reasons.push((await publisher.refused).description);
    }
    return reasons;
  };
  const both = Array.from({ length: 2 }, () => expect.stringContaining('access.publish') as string);

  test('are taken over by none, and not by those that come later', { timeout: 60_000 }, async () => {
    await using cluster = await TestCluster.start({ access: { publish: [] } });
    const faulty = { ...settingsOf(['127.0.0.0/8']), tls: null } as unknown as RelaySettings;
    await expect(cluster.cluster.configure(faulty)).rejects.toThrow('caFile');
    expect(await refusals(cluster)).toEqual(both);
    await cluster.kill(0);
    await cluster.log.waitFor('worker', { worker: 0 }, { count: 2, timeoutMs: 45_000 });
    expect(await refusals(cluster)).toEqual(both);
  });

  test('are left by those that have taken them over', { timeout: 60_000 }, async () => {
    await using cluster = await TestCluster.start({ access: { publish: [] } });
    const other = cluster.cluster.workers.get(1);
    if (other === undefined) throw new Error('there is no worker 1');
    vi.spyOn(other, 'configure').mockResolvedValueOnce('not so');
    await expect(cluster.cluster.configure(settingsOf(['127.0.0.0/8']))).rejects.toThrow('not so');
    expect(await refusals(cluster)).toEqual(both);
    await cluster.cluster.configure(settingsOf(['127.0.0.0/8']));
    await using _publisher = await cluster.publish(0, 'live/a');
    await using _other = await cluster.publish(1, 'live/b');
  });
});

test('a worker that has run for a while is replaced at once, one that dies soon after its start half a second later', async () => {
  const clock = new FakeClock();
  await using relay = await TestCluster.start({}, null, clock);
  const isThere = (): boolean => relay.cluster.workers.has(0);
  clock.advance(5000);
  await relay.kill(0);
  clock.advance(0);
  expect(isThere()).toBe(true);
  await relay.log.waitFor('worker', { worker: 0 }, { count: 2 }); // it is running again
  await relay.kill(0);
  clock.advance(499);
  expect(isThere()).toBe(false);
  clock.advance(1);
  expect(isThere()).toBe(true);
});
