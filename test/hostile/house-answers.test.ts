import { expect, test } from 'vitest';
import { LinkClient } from '../support/fleet/link-client.ts';
import { RawHttp } from '../support/http-client.ts';
import { readText, tableRows } from '../support/markdown.ts';
import { startHouse } from '../support/start-house.ts';

const provision = JSON.stringify({ token: 'a-guess', keyHash: '5'.repeat(64) });
const upgrade = `Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: ${btoa('5'.repeat(16))}\n`;

/** What somebody without any right may send, and the status of the answer. */
const requests: Readonly<Record<string, readonly [request: string, status: number, from?: string]>> = {
  'GET of a stream': [head('GET', '/live/a.flv'), 302],
  'GET of a stream, no relay': [head('GET', '/live/a.flv'), 404, '127.0.9.9'],
  'HEAD of a stream': [head('HEAD', '/live/a.flv'), 302],
  resolve: [head('GET', '/api/v1/resolve?stream=live/a&protocol=http-flv'), 200],
  'resolve, no relay': [head('GET', '/api/v1/resolve?stream=live/a&protocol=http-flv'), 404, '127.0.9.9'],
  'resolve for somebody': [
    head('GET', '/api/v1/resolve?stream=live/a&protocol=http-flv&address=192.0.2.1'),
    401,
  ],
  'the API without a token': [head('GET', '/api/v1/relays'), 401],
  'the events without a token': [head('GET', '/api/v1/events'), 401],
  'provision, wrong token': [
    head('POST', '/api/v1/provision', `Content-Type: application/json\n${lengthOf(provision)}`) + provision,
    403,
  ],
  'link, wrong key': [
    head('GET', '/api/v1/link', `${upgrade}Authorization: Basic ${btoa('edge:x')}\n`, ''),
    401,
  ],
  'the status page': [head('GET', '/'), 200],
};

function head(method: string, path: string, more = '', connection = 'Connection: close\n'): string {
  return `${method} ${path} HTTP/1.1\nHost: house\n${connection}${more}\n`;
}

function lengthOf(body: string): string {
  return `Content-Length: ${body.length}\n`;
}

test('for each byte of somebody without any right a house sends and logs no more than docs/security.md says', async () => {
  const bounds = new Map(
    tableRows(readText('docs/security.md'), 'request to a house').map(([name = '', sent, log]) => [
      name,
      [Number(sent), Number(log)],
    ]),
  );
  expect([...bounds.keys()]).toEqual(Object.keys(requests));
  const networks = [{ cidr: '127.0.0.1/32' }];
  await using house = await startHouse({
    config: { access: { failures: { delayMs: 0, attempts: 1_000_000 } } },
    roster: [{ id: 'edge', key: 'key-of-the-relay-edge', networks, urls: { http: 'http://192.0.2.7:8080' } }],
  });
  await using relay = await LinkClient.open(house.url(''), 'edge');
  relay.report({ whole: true });
  await house.log.waitFor('relay-up', { id: 'edge' });
  const found: Record<string, readonly number[]> = {};
  for (const [name, [request, status, from]] of Object.entries(requests)) {
    const lines = house.log.lines.length;
    await using http = await RawHttp.open(house.port('http'), from);
    http.send(request);
    expect([name, (await http.all()).slice(9, 12)]).toEqual([name, String(status)]);
    const received = request.replaceAll('\n', '\r\n').length;
    const logged = house.log.lines.slice(lines).map((line) => JSON.stringify(line));
    found[name] = [http.bytes.length / received, logged.join('\n').length / received];
  }
  for (const [name, [sent = 0, log = 0]] of Object.entries(found)) {
    const [mostSent, mostLog] = bounds.get(name) ?? [];
    expect(sent, name).toBeLessThanOrEqual(Number(mostSent));
    expect(log, name).toBeLessThanOrEqual(Number(mostLog));
  }
});
