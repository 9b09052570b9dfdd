import { describe, expect, test } from 'vitest';
import type { RelayStatus, StreamStatus } from '../../../../src/service/admin/relay-status.ts';
import { CertificateFolder } from '../../../support/certificates.ts';
import { media } from '../../../support/fake-media.ts';
import { TestCluster } from '../../../support/start-cluster.ts';
import { startRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

/** The sum of all series of a metric whose labels hold this text. */
function sumOf(page: string, name: string, labels = ''): number {
  const lines = page.matchAll(/^(\w+)(\{.*\})? (\S+)$/gm);
  const own = [...lines].filter(([, metric, behind = '']) => metric === name && behind.includes(labels));
  return own.reduce((sum, [, , , value]) => sum + Number(value), 0);
}

describe.each([
  { what: 'one thread', start: startRelay },
  { what: 'two workers', start: TestCluster.start },
])('a relay of $what', ({ start }) => {
  test('shows the same numbers in its metrics and in its API', async () => {
    await using certificates = await CertificateFolder.make();
    const { certFile, keyFile } = await certificates.certificate('relay');
    const https = { host: '127.0.0.1', port: 0, certFile, keyFile };
    await using relay = await start({ listen: { https }, limits: { sessions: 50 } });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 AH1@0 K1@0 P2@40 K3@2000 A4@2010'));
    await using player = new TestPlayer(relay.port('rtmp'), 'play', 'live/a');
    await player.mediaOf(4);

    const page = await (await fetch(relay.adminUrl('/metrics'))).text();
    const status = (await (await fetch(relay.adminUrl('/api/v1/relay'))).json()) as RelayStatus;
    const { items } = (await (await fetch(relay.adminUrl('/api/v1/streams'))).json()) as {
      readonly items: readonly StreamStatus[];
    };
    const load = new Map(status.load.map(({ name, now, limit }) => [name, { now, limit }]));
    expect(load.get('sessions')).toEqual({ now: sumOf(page, 'streampump_sessions'), limit: 50 });
    for (const [name, role] of [
      ['publishers', 'role="publisher"'],
      ['players', 'role="player"'],
      ['waitingPlayers', 'role="waiting"'],
      ['pendingSessions', 'role="pending"'],
    ] as const)
      expect([name, load.get(name)?.now]).toEqual([name, sumOf(page, 'streampump_sessions', role)]);
    expect(load.get('cacheBytes')?.now).toBe(sumOf(page, 'streampump_cache_bytes'));
    expect(load.get('backlogBytes')?.now).toBe(sumOf(page, 'streampump_backlog_bytes'));
    expect(sumOf(page, 'streampump_limit_used_ratio', '"sessions"')).toBe(2 / 50);
    const [certificate] = status.certificates;
    expect(Date.parse(certificate?.notAfter ?? '') / 1000).toBe(
      sumOf(page, 'streampump_certificate_expiry_timestamp_seconds', 'listener="https"'),
    );
    expect(items).toMatchObject([
      { stream: 'live/a', keyframeIntervalSeconds: 2, players: 1, receivedBytes: expect.any(Number) },
    ]);
    expect(sumOf(page, 'streampump_stream_keyframe_interval_seconds', 'live/a')).toBe(2);
    expect(sumOf(page, 'streampump_stream_received_bytes_total', 'live/a')).toBe(items[0]?.receivedBytes);
    expect(sumOf(page, 'streampump_stream_sent_bytes_total', 'live/a')).toBe(items[0]?.sentBytes);
  });
});
