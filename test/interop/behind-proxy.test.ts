import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CertificateFolder, connectTls } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { curl } from '../support/http-client.ts';
import { codeBlocks, readText } from '../support/markdown.ts';
import { startNginxSite } from '../support/nginx.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';
import { WsClient } from '../support/ws-client.ts';

/** From where the proxy connects to the relay; clients have other addresses of this machine. */
const PROXY = '127.0.66.1';
const VIEWER = '127.0.77.1';

/** A configuration in docs/deploy.md that has these words, with other words in the place of its own. */
function recipe(words: string, changes: Readonly<Record<string, string>>): string {
  const block = codeBlocks(readText('docs/deploy.md')).find(({ text }) => text.includes(words));
  return Object.entries(changes).reduce((text, [written, put]) => {
    expect(text).toContain(written);
    return text.replaceAll(written, put);
  }, block?.text ?? '');
}

async function sessionsOf(relay: TestRelay): Promise<Record<string, unknown>[]> {
  const answer = await fetch(relay.adminUrl('/api/v1/sessions'));
  return ((await answer.json()) as { items: Record<string, unknown>[] }).items;
}

test('HAProxy in front, as the docs have it: the relay sees who its clients are', async () => {
  await using folder = await CertificateFolder.make();
  const { certFile, keyFile } = await folder.certificate('proxy');
  await folder.write('live.pem', `${await readFile(certFile, 'utf8')}${await readFile(keyFile, 'utf8')}`);
  await using relay = await startRelay({ proxyProtocol: [PROXY], access: { publish: ['127.0.0.1'] } });
  const [rtmp, rtmps, http, http1] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const config = recipe('send-proxy-v2', {
    'bind :1935': `bind 127.0.0.1:${rtmp}`,
    'bind :443': `bind 127.0.0.1:${rtmps}`,
    'bind :80': `bind 127.0.0.1:${http}`,
    '/etc/haproxy/live.pem': folder.file('live.pem'),
    '10.0.0.10:1935': `127.0.0.1:${relay.port('rtmp')} source ${PROXY}`,
    '10.0.0.10:8080': `127.0.0.1:${relay.port('http')} source ${PROXY}`,
    'check-send-proxy': 'check-send-proxy inter 200ms',
  });
  const version1 = `listen version1
  bind 127.0.0.1:${http1}
  server relay 127.0.0.1:${relay.port('http')} source ${PROXY} send-proxy`;
  await using _haproxy = await startHaproxy(`${config}\n${version1}`, rtmp);

  await using _publisher = publishPattern(`rtmp://127.0.0.1:${rtmp}/live/a`);
  const { fields } = await relay.log.waitFor('publish', { stream: 'live/a', via: PROXY });
  expect(fields['peer']).toMatch(/^127\.0\.0\.1:\d+$/);
  await using secure = new TestPlayer(0, 'play', 'live/a', connectTls(rtmps));
  await using _curl = curl('--interface', VIEWER, `http://127.0.0.1:${http}/live/a.flv`);
  await using _curl1 = curl('--interface', VIEWER, `http://127.0.0.1:${http1}/live/a.flv`);
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 3 });
  await secure.mediaOf(2);
  const seen = (await sessionsOf(relay))
    .filter(({ stream }) => stream !== null)
    .map(({ role, protocol, address, via, tls }) => [role, protocol, address, via, tls].join(' '));
  expect(seen.sort()).toEqual([
    `player http-flv ${VIEWER} ${PROXY} false`,
    `player http-flv ${VIEWER} ${PROXY} false`,
    `player rtmp 127.0.0.1 ${PROXY} true`,
    `publisher rtmp 127.0.0.1 ${PROXY} false`,
  ]);
  expect(relay.log.find('protocol-error')).toEqual([]); // of its health checks
  await secure.cut();
}, 40_000);

test('nginx in front, as the docs have it: each request is that of its client', async () => {
  await using relay = await startRelay({
    http: { trustedProxies: [PROXY] },
    access: { play: [VIEWER, '127.0.0.1'] },
  });
  await using nginx = await startNginxSite(
    recipe('X-Forwarded-For', {
      'http://10.0.0.10:8080;': `http://127.0.0.1:${relay.port('http')}; proxy_bind ${PROXY};`,
    }),
  );
  await using _publisher = publishPattern(relay.rtmpUrl('live/a'));
  await relay.published('live/a');
  const url = `127.0.0.1:${nginx.port}/live/a.flv`;
  await using spoofing = curl('--interface', VIEWER, '-H', 'X-Forwarded-For: 10.0.0.1', `http://${url}`);
  await relay.log.waitFor('play', { peer: VIEWER, via: PROXY, protocol: 'http-flv' });
  await using webSocket = await WsClient.open(`ws://${url}`);
  await relay.log.waitFor('play', { peer: '127.0.0.1', via: PROXY, protocol: 'ws-flv' });
  await expect.poll(() => spoofing.stdoutBuffer.length + webSocket.messages.length).toBeGreaterThan(1000);
  await using stranger = curl('--interface', '127.0.88.1', '-w', '%{http_code}', `http://${url}`);
  expect(await stranger.output.catch(String)).toContain('playing is not allowed from 127.0.88.1');
  await relay.log.waitFor('refused', { peer: '127.0.88.1', reason: 'access' });
}, 40_000);
