import { describe, expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { binaryHeader, openProxied } from '../support/proxy-wire.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';
import { webSocketHead } from '../support/ws-client.ts';

const PROXY = '127.0.66.1';
const CLIENT = '203.0.113.9';
const OTHER = '203.0.113.10';

const config = { http: { trustedProxies: [`${PROXY}/32`] }, access: { publish: ['127.0.0.0/24'] } };

function head(method: string, path: string, client: string, more = ''): string {
  return `${method} ${path} HTTP/1.1\nHost: x\nX-Forwarded-For: ${client}\n${more}\n`;
}

async function statusOf(client: RawHttp): Promise<string> {
  const [, status = ''] = await client.heard(/HTTP\/1.1 (\d+)/);
  return status;
}

/** Asks once, on a connection of the proxy that stays. */
async function ask(client: RawHttp, request: string): Promise<string> {
  client.forget();
  client.send(request);
  return statusOf(client);
}

test('each request on a connection comes from whom the proxy says', async () => {
  await using relay = await startRelay(config);
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0'));
  await using proxy = await RawHttp.open(relay.port('http'), PROXY);
  expect(await ask(proxy, head('HEAD', '/live/b.flv', `6.6.6.6, ${OTHER}:7`))).toBe('404');
  proxy.send(head('GET', '/live/a.flv', CLIENT, 'X-Forwarded-Proto: https\n'));
  await relay.log.waitFor('play', { peer: CLIENT, via: PROXY });
  await proxy.heard(/FLV/);
  const answer = await fetch(relay.adminUrl('/api/v1/sessions?role=player'));
  expect(await answer.json()).toMatchObject({ items: [{ address: CLIENT, via: PROXY, tls: true }] });
  await publisher.finish();
  await relay.log.waitFor('play-end', { peer: CLIENT });
  expect(await ask(proxy, 'HEAD /live/b.flv HTTP/1.1\nHost: x\n\n')).toBe('404'); // the proxy itself
});

test('rules judge the client: a proxy on a private network does not let the world publish', async () => {
  await using relay = await startRelay(config);
  const put = 'Content-Length: 9\n';
  await using proxy = await RawHttp.open(relay.port('http'), PROXY);
  expect(await ask(proxy, head('PUT', '/live/a.flv', CLIENT, put))).toBe('403');
  const { text } = await relay.log.waitFor('refused', { peer: CLIENT, reason: 'access' });
  expect(text).toContain(`publishing is not allowed from ${CLIENT}`);
  await using spoofing = await RawHttp.open(relay.port('http'), '127.0.77.1'); // no proxy
  expect(await ask(spoofing, head('PUT', '/live/a.flv', '127.0.0.1', put))).toBe('403');
  await relay.log.waitFor('refused', { reason: 'access' }, { count: 2 });
  expect(relay.log.find('refused').at(-1)?.text).toContain('not allowed from 127.0.77.1');
});

test('a WebSocket is that of the client', async () => {
  await using relay = await startRelay(config);
  await using proxy = await RawHttp.open(relay.port('http'), PROXY);
  proxy.send(`${webSocketHead('/live/a.flv')}X-Forwarded-For: ${CLIENT}\n\n`);
  expect(await statusOf(proxy)).toBe('101');
  await relay.log.waitFor('play', { peer: CLIENT, via: PROXY, protocol: 'ws-flv' });
});

describe('a proxy that does not say for whom it asks', () => {
  test.each([
    { method: 'GET', request: head('GET', '/live/a.flv', 'unknown') },
    { method: 'PUT', request: head('PUT', '/live/a.flv', '_hidden', 'Transfer-Encoding: chunked\n') },
    { method: 'an upgrade', request: `${webSocketHead('/live/a.flv')}X-Forwarded-For: nonsense\n\n` },
  ])('$method is answered 400', async ({ request }) => {
    await using relay = await startRelay(config);
    await using proxy = await RawHttp.open(relay.port('http'), PROXY);
    expect(await ask(proxy, request)).toBe('400');
    await relay.log.waitFor('protocol-error', { code: 'HTTP_FORWARDED_INVALID' });
    await proxy.closed;
  });
});

describe.each([{ workers: 1 }, { workers: 2 }])('with $workers workers', ({ workers }) => {
  const limited = { ...config, limits: { sessionsPerAddress: 2, pendingSessionsPerAddress: 2 } };
  const start = () => (workers === 1 ? startRelay(limited) : TestCluster.start({ workers, ...limited }));

  test('limits count the client while it is served, and never the proxy', async () => {
    await using relay = await start();
    const open = async (): Promise<RawHttp> => RawHttp.open(relay.port('http'), PROXY);
    await using connections = new AsyncDisposableStack();
    const proxies = await Promise.all(Array.from({ length: 6 }, open));
    for (const proxy of proxies) connections.use(proxy);
    const [first, second, third, fourth, fifth, sixth] = proxies as [
      RawHttp,
      RawHttp,
      RawHttp,
      RawHttp,
      RawHttp,
      RawHttp,
    ];
    const play = head('GET', '/live/a.flv', CLIENT);
    first.send(play);
    second.send(play);
    const waiting = async (): Promise<number> => {
      const answer = await fetch(relay.adminUrl('/api/v1/sessions?role=waiting'));
      return ((await answer.json()) as { items: unknown[] }).items.length;
    };
    await expect.poll(waiting).toBe(2);
    expect(await ask(third, play)).toBe('429');
    expect(await ask(third, head('HEAD', '/live/a.flv', OTHER))).toBe('404'); // the connection is kept
    expect(await ask(fourth, head('HEAD', '/live/a.flv', OTHER))).toBe('404');
    expect(await ask(fifth, head('HEAD', '/live/a.flv', OTHER))).toBe('404');
    expect(await ask(sixth, head('HEAD', '/live/a.flv', OTHER))).toBe('404');
    first.socket.destroy();
    await expect.poll(waiting).toBe(1);
    expect(await ask(third, head('HEAD', '/live/a.flv', CLIENT))).toBe('404');
  });
});

test('both ways: the PROXY protocol brings a proxy that is trusted over HTTP', async () => {
  const trusted = { trustedProxies: ['192.0.2.7'], forwardedHeader: 'forwarded' };
  await using relay = await startRelay({ ...config, proxyProtocol: [PROXY], http: trusted });
  const socket = await openProxied(relay.port('http'), binaryHeader('192.0.2.7'), PROXY);
  await using proxy = RawHttp.over(socket);
  proxy.send(`GET /live/a.flv HTTP/1.1\nHost: x\nForwarded: for="[2001:db8::9]:80";proto=https\n\n`);
  await relay.log.waitFor('play', { peer: '[2001:db8::9]:80', via: '192.0.2.7' });
  const other = await openProxied(relay.port('http'), binaryHeader('192.0.2.8', 9), PROXY);
  await using untrusted = RawHttp.over(other);
  untrusted.send('GET /live/a.flv HTTP/1.1\nHost: x\nForwarded: for=192.0.2.1\n\n');
  await relay.log.waitFor('play', { peer: '192.0.2.8:9', via: PROXY });
});

test('the list of streams has what the client may play, not what the proxy may', async () => {
  const lists = { access: { publish: ['127.0.0.0/24'], play: [`${PROXY}/32`, `${CLIENT}/32`] } };
  const http = { ...config.http, listStreams: true };
  await using relay = await startRelay({ http, ...lists });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0'));
  await using player = await RawHttp.open(relay.port('http'), PROXY);
  player.send(head('GET', '/live/a.flv', CLIENT));
  await player.heard(/FLV/); // it is live
  await using proxy = await RawHttp.open(relay.port('http'), PROXY);
  expect(await ask(proxy, head('GET', '/watch.json', CLIENT))).toBe('200');
  expect(await ask(proxy, head('GET', '/watch.json', OTHER))).toBe('403');
});
