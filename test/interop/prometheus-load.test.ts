import { expect, test } from 'vitest';
import { CertificateFolder } from '../support/certificates.ts';
import { dashboardExpressions } from '../support/deployment.ts';
import { media } from '../support/fake-media.ts';
import { startFleet } from '../support/fleet/start-fleet.ts';
import { HookServer } from '../support/hook-server.ts';
import { runLoad } from '../support/load-run.ts';
import { bbbPath } from '../support/media.ts';
import { TestPrometheus } from '../support/prometheus.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const PLAYERS = 150;

/** At most: it ends when all has been looked at. */
const SECONDS = 50;

/** The bytes of the largest batch: a tenth of a second of the clip, with a keyframe in it. */
const BATCH_BYTES = 40_000;

/** An expression of the dashboard for everything: where it shows only what is wrong, the series that it looks at. */
function filled(expression: string): string {
  const all = expression.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:instance|stream)\b/g, '.*');
  return all.replace(/ == [01]$/, '');
}

test('Prometheus sees of a relay under load what its players see, and every panel of the dashboard has series', async () => {
  await using certificates = await CertificateFolder.make();
  const { certFile, keyFile } = await certificates.certificate('relay');
  await using hooks = await HookServer.start();
  await using other = await startRelay();
  await using elsewhere = await TestPublisher.start(other.port('rtmp'), 'tv/1');
  elsewhere.sendMedia(...media('VH1@0 K1@0 P2@40 K3@1000'));
  await using relay = await startRelay({
    listen: { https: { host: '127.0.0.1', port: 0, certFile, keyFile } },
    streams: [
      { match: 'tv/1', source: { type: 'pull', urls: [other.rtmpUrl('tv/1')], start: 'always' } },
      { match: '**', source: { type: 'push' }, forward: [other.rtmpUrl('copy/{name}')] },
    ],
    hooks: [{ events: ['publish', 'play', 'stop'], url: hooks.url }],
    limits: { shares: [{ match: '**', per: 'stream', players: 10 * PLAYERS }] },
  });
  await using fleet = await startFleet([{ id: 'paris', roster: { limits: { players: 10 } } }]);
  const sentOn = await fetch(fleet.house.url('/live/a.flv'), { redirect: 'manual' });
  expect(sentOn.status).toBe(302);
  const admins = [relay, fleet.house, fleet.relay('paris')].map((one) => `127.0.0.1:${one.port('admin')}`);
  await using prometheus = await TestPrometheus.start(...admins);

  const pace = ['--ramp', String(PLAYERS), '--warm-up', '1', '--duration', String(SECONDS)];
  const enough = new AbortController();
  const load = runLoad(
    [
      relay.flvUrl('live/a'),
      ...['--publish', bbbPath, '--publish-to', relay.rtmpUrl('live/a')],
      ...['--players', String(PLAYERS), ...pace],
    ],
    enough.signal,
  );
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: PLAYERS });
  await prometheus.scraped(4);
  const playing = { sessions: 0, players: 0, first: 0 };
  playing.sessions = await prometheus.sum('streampump_sessions{role="player",protocol="http-flv"}');
  playing.players = await prometheus.sum('streampump_stream_players{stream="live/a",protocol="http-flv"}');
  playing.first = await prometheus.sum('streampump_first_frame_seconds_count');
  expect(playing).toEqual({ sessions: PLAYERS, players: PLAYERS, first: PLAYERS });
  const empty: string[] = [];
  for (const expression of dashboardExpressions())
    if ((await prometheus.query(filled(expression))).length === 0) empty.push(expression);
  expect(empty).toEqual([]);
  expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);

  const sentBytes = () => prometheus.sum('streampump_sent_bytes_total{protocol="http-flv"}');
  await expect.poll(sentBytes, { timeout: 20_000 }).toBeGreaterThan(6 * PLAYERS * BATCH_BYTES);
  enough.abort();
  const { report } = await load;
  expect(report.counts.failed).toBe(0);
  await prometheus.scraped(2);
  const sent = await sentBytes();
  const { receivedBytes } = report.counts;
  expect(sent).toBeGreaterThanOrEqual(receivedBytes);
  expect(sent - receivedBytes).toBeLessThanOrEqual(PLAYERS * BATCH_BYTES);
  expect(receivedBytes).toBeGreaterThan(5 * PLAYERS * BATCH_BYTES);
  expect(await prometheus.sum('streampump_disconnected_players_total')).toBe(PLAYERS);
  expect(await prometheus.sum('streampump_sessions{role="player"}')).toBe(0);
});
