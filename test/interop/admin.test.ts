import { expect, test } from 'vitest';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';

/** Status, content type and body that curl gets. */
async function curl(
  url: string,
  ...options: string[]
): Promise<{ status: number; type: string; body: string }> {
  await using tool = runTool('curl', ['-sS', ...options, '-w', '\n%{http_code} %{content_type}', url]);
  const [, body = '', status, type = ''] = /^([\s\S]*)\n(\d+) (.*)$/.exec(await tool.output) ?? [];
  return { status: Number(status), type, body };
}

/** Samples of a metric by their labels, as they are written. */
function samples(metrics: string, name: string): Record<string, number> {
  const lines = metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

/** As {@link samples}, without those that are 0. */
function counted(metrics: string, name: string): Record<string, number> {
  return Object.fromEntries(Object.entries(samples(metrics, name)).filter(([, value]) => value !== 0));
}

test('curl finds health and readiness', async () => {
  await using relay = await startRelay();
  expect(await curl(relay.adminUrl('/healthz'))).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await curl(relay.adminUrl('/readyz'))).toMatchObject({ status: 200, body: 'ready\n' });
  expect(await curl(relay.adminUrl('/healthz'), '--head')).toMatchObject({ status: 200 });
  expect((await curl(relay.adminUrl('/healthz'), '-d', 'x')).status).toBe(405);
  expect((await curl(relay.adminUrl('/nothing'))).status).toBe(404);
});

test('curl lists what ffmpeg publishes and who plays it', async () => {
  await using relay = await startRelay();
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a?key=secret-word'), { realTime: true });
  await relay.published('live/a');
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a?token=secret-word');
  await player.mediaOf(50);
  await using flv = runTool('curl', ['-sS', '-A', 'a"b', '-o', '/dev/null', relay.flvUrl('live/a')]);
  await relay.log.waitFor('play', { client: 'a"b' });

  const streams = await curl(relay.adminUrl('/api/v1/streams'));
  expect(streams).toMatchObject({ status: 200, type: expect.stringContaining('application/json') });
  expect(JSON.parse(streams.body)).toEqual({
    items: [
      expect.objectContaining({
        stream: 'live/a',
        state: 'live',
        source: expect.objectContaining({ type: 'push', client: expect.stringContaining('Lavf') }),
        tracks: [
          { kind: 'video', track: 0, codec: 'avc1' },
          { kind: 'audio', track: 0, codec: 'mp4a' },
        ],
        players: 2,
      }),
    ],
    next: null,
  });
  const bitRate = async (): Promise<number | null> => {
    const { body } = await curl(relay.adminUrl('/api/v1/sessions?role=publisher'));
    return JSON.parse(body).items[0].receivedBitsPerSecond;
  };
  await expect.poll(bitRate, { timeout: 15_000, interval: 200 }).toBeGreaterThan(10_000);
  const players = await curl(relay.adminUrl('/api/v1/sessions?stream=live/*&protocol=http-flv'));
  expect(JSON.parse(players.body)).toMatchObject({
    items: [
      { role: 'player', protocol: 'http-flv', tls: false, stream: 'live/a', client: 'a"b', lagging: false },
    ],
    next: null,
  });
  const all = await curl(relay.adminUrl('/api/v1/sessions?limit=2'));
  expect(JSON.parse(all.body)).toMatchObject({ items: [{ id: 'c1' }, { id: 'c2' }], next: 'c2' });
  expect(streams.body + players.body + all.body).not.toContain('secret-word');

  expect(await curl(relay.adminUrl('/api/v1/sessions?role=boss'))).toMatchObject({
    status: 400,
    body: expect.stringContaining('role: expected'),
  });
  expect((await curl(relay.adminUrl('/api/v1/sessions'), '-H', 'Host: evil.example')).status).toBe(421);
  await flv.stop();
  await publisher.stop('SIGINT');
});

test('the metrics count what ffmpeg publishes and a player gets', async () => {
  await using relay = await startRelay();
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await using waiting = TestPlayer.play(relay.port('rtmp'), 'live/none');
  await relay.log.waitFor('play', { stream: 'live/none' });
  await using publisher = publishWithFfmpeg(relay.rtmpUrl('live/a'), { realTime: true });
  await player.mediaOf(50);

  const { status, type, body } = await curl(relay.adminUrl('/metrics'));
  expect(status).toBe(200);
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(samples(body, 'streampump_streams')).toEqual({ '': 1 });
  expect(counted(body, 'streampump_sessions')).toEqual({
    '{role="publisher",protocol="rtmp"}': 1,
    '{role="player",protocol="rtmp"}': 1,
    '{role="waiting",protocol="rtmp"}': 1,
  });
  expect(samples(body, 'streampump_stream_players')).toEqual({
    '{stream="live/a",protocol="rtmp"}': 1,
    '{stream="live/a",protocol="http-flv"}': 0,
    '{stream="live/a",protocol="ws-flv"}': 0,
    '{stream="live/a",protocol="mmsh"}': 0,
    '{stream="live/a",protocol="asf-http"}': 0,
  });
  const received = samples(body, 'streampump_stream_received_bytes_total')['{stream="live/a"}'] ?? 0;
  expect(received).toBeGreaterThan(
    player.media.slice(0, 50).reduce((sum, { payload }) => sum + payload.length, 0),
  );
  for (const name of ['received', 'sent']) {
    expect(samples(body, `streampump_${name}_bytes_total`)['{protocol="rtmp"}']).toBeGreaterThan(
      received / 2,
    );
  }
  expect(samples(body, 'streampump_stream_sent_bytes_total')['{stream="live/a"}']).toBeGreaterThan(
    received / 2,
  );
  expect(samples(body, 'streampump_stream_dropped_frames_total')).toEqual({ '{stream="live/a"}': 0 });
  expect(samples(body, 'streampump_stream_lagging_players')).toEqual({ '{stream="live/a"}': 0 });
  expect(samples(body, 'streampump_stream_keyframe_age_seconds')['{stream="live/a"}']).toBeLessThan(10);
  expect(samples(body, 'streampump_stream_cache_bytes')['{stream="live/a"}']).toBeGreaterThan(1000);
  expect(samples(body, 'streampump_first_frame_seconds_count')).toEqual({ '': 1 });
  expect(samples(body, 'streampump_fan_out_delay_seconds_count')['']).toBeGreaterThan(0);
  expect(samples(body, 'process_resident_memory_bytes')['']).toBeGreaterThan(2 ** 20);

  await publisher.stop('SIGINT');
  await player.ended;
  await waiting.cut();
  await relay.log.waitFor('play-end', { stream: 'live/none' });
  const after = (await curl(relay.adminUrl('/metrics'))).body;
  expect(samples(after, 'streampump_streams')).toEqual({ '': 0 });
  expect(samples(after, 'streampump_stream_players')).toEqual({});
  expect(samples(after, 'streampump_stream_received_bytes_total')).toEqual({}); // a stream's series end with it
  expect(samples(after, 'streampump_received_bytes_total')['{protocol="rtmp"}']).toBeGreaterThan(
    received / 2,
  );
  expect(counted(after, 'streampump_disconnected_players_total')).toEqual({
    '{reason="ended"}': 1,
    '{reason="closed"}': 1,
  });
});
