import { expect, test } from 'vitest';
import { RawHttp } from '../support/http-client.ts';
import { RawServer } from '../support/raw-server.ts';
import type { RecordingLog } from '../support/recording-log.ts';
import { pullAll } from '../support/relay-process.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';

/** What browsers and crawlers ask for though no page has told them to, and what they are answered. */
const uninvited: readonly { readonly path: string; readonly status: number; readonly body?: string }[] = [
  { path: '/', status: 302 },
  { path: '/favicon.ico', status: 200 },
  { path: '/robots.txt', status: 200, body: 'User-agent: *\nDisallow: /\n' },
  { path: '/watch', status: 200 },
  { path: '/watch/live/cam1', status: 200 },
  { path: '/watch/live/cam1.flv', status: 200 },
  { path: '/watch.json', status: 403 },
  ...[
    '/apple-touch-icon.png',
    '/apple-touch-icon-120x120-precomposed.png',
    '/.well-known/security.txt',
    '/.well-known/traffic-advice',
    '/.well-known/appspecific/com.chrome.devtools.json',
    '/sitemap.xml',
    '/ads.txt',
    '/browserconfig.xml',
    '/manifest.webmanifest',
    '/sw.js',
    '/assets/mpegts.js.map',
    '/live/cam1.flv/favicon.ico',
  ].map((path) => ({ path, status: 404, body: 'there is nothing here\n' })),
];

interface Asked extends AsyncDisposable {
  readonly log: RecordingLog;
  port(protocol: string): number;
  metric(name: string): Promise<number>;
}

test.each<{ workers: number; start: (config: Record<string, unknown>) => Promise<Asked> }>([
  { workers: 1, start: startRelay },
  { workers: 2, start: (config) => TestCluster.start({ ...config, log: { level: 'debug' } }) },
])(
  'what nobody was invited to ask for is no player, no pull and no warning, with $workers workers',
  async ({ start }) => {
    await using upstream = await RawServer.start();
    const streams = pullAll([`rtmp://127.0.0.1:${upstream.port}/{key}`]);
    await using relay = await start({ streams, deadlines: { handshakeMs: 200 } });
    await using early = await RawHttp.open(relay.port('http')); // as browsers do, ahead of a request
    for (const { path, status, body } of uninvited) {
      const url = `http://127.0.0.1:${relay.port('http')}${path}`;
      const response = await fetch(url, { redirect: 'manual' });
      const text = await response.text();
      expect([path, response.status]).toEqual([path, status]);
      if (body !== undefined) expect([path, text]).toEqual([path, body]);
      const head = await fetch(url, { method: 'HEAD', redirect: 'manual' });
      expect([path, head.status]).toEqual([path, status]);
    }
    expect(await early.all()).toBe('');
    const streamless = await fetch(`http://127.0.0.1:${relay.port('http')}/live/cam1.flv`, {
      method: 'HEAD',
    });
    expect(streamless.status).toBe(404);

    expect(upstream.connections).toEqual([]);
    expect(relay.log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    expect(relay.log.find('play')).toEqual([]);
    for (const role of ['player', 'relay', 'waiting'])
      expect(await relay.metric(`streampump_sessions{role="${role}",protocol="http-flv"}`)).toBe(0);
    expect(await relay.metric('streampump_streams')).toBe(0);
  },
);
