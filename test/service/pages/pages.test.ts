import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { Pages } from '../../../src/service/pages/pages.ts';
import type { AccessRequest, Verdict } from '../../../src/session/access.ts';
import type { PageVisitor } from '../../../src/session/http/http-activity.ts';
import { requestOf } from '../../support/access-question.ts';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { startHouse } from '../../support/start-house.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

/** Asks for a path exactly as it is written. */
async function ask(
  port: number,
  head: string,
  body = '',
): Promise<{ status: number; head: string; body: Buffer }> {
  await using http = await RawHttp.open(port);
  http.send(`${head}\nHost: relay\nConnection: close\n\n${body}`);
  await http.closed;
  const end = http.bytes.indexOf('\r\n\r\n');
  const text = http.text.slice(0, end).toLowerCase();
  return { status: Number(text.split(' ')[1]), head: text, body: http.bytes.subarray(end + 4) };
}

test('the pages may load from the relay only, run no script of their own, and are not kept', async () => {
  await using relay = await startRelay();
  for (const path of ['/watch', '/watch/', '/watch/live/cam1', '/watch/live/cam1.flv?token=x']) {
    const { status, head, body } = await ask(relay.port('http'), `GET ${path} HTTP/1.1`);
    expect(status).toBe(200);
    expect(head).toContain(
      "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'\r\n",
    );
    expect(head).toContain('x-frame-options: sameorigin\r\n');
    expect(head).toContain('x-content-type-options: nosniff\r\n');
    expect(head).toContain('referrer-policy: no-referrer\r\n');
    expect(head).toContain('cache-control: no-store\r\n');
    expect(String(body)).not.toMatch(/<script(?![^>]* src="\/assets\/)|<style|\sstyle=|\son\w+=/);
  }
});

test('a page of a house asks there first where a stream is, and may load media from relays', async () => {
  await using house = await startHouse();
  const { head, body } = await ask(house.port('http'), 'GET /watch/live/a HTTP/1.1');
  expect(String(body)).toContain('<body data-resolve-at="/api/v1/resolve" class="watch"');
  expect(head).toContain("connect-src 'self' ws: wss: http: https:; media-src blob:;");
  await using relay = await startRelay();
  expect(String((await ask(relay.port('http'), 'GET /watch/live/a HTTP/1.1')).body)).not.toContain('resolve');
});

test.for([
  {
    frameAncestors: ['https://a.example', 'http://b.example:81'],
    own: "'self' https://a.example http://b.example:81",
  },
  { frameAncestors: ['*'], own: "'self' *" },
])(
  'pages in $frameAncestors may show the page inside of them, whoever may play',
  async ({ frameAncestors, own }) => {
    await using relay = await startRelay({ http: { frameAncestors, corsOrigins: ['https://c.example'] } });
    for (const path of ['/watch', '/watch/live/a']) {
      const { head } = await ask(relay.port('http'), `GET ${path} HTTP/1.1`);
      expect(head).toContain(`frame-ancestors ${own}\r\n`);
      expect(head).not.toContain('x-frame-options');
    }
  },
);

test('a script is sent once and then only asked for, packed if the browser likes', async () => {
  await using relay = await startRelay();
  const url = `http://127.0.0.1:${relay.port('http')}/assets/mpegts.js`;
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const text = await plain.text();
  expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(plain.headers.get('cache-control')).toBe('public, max-age=86400');
  expect(plain.headers.get('vary')).toBe('accept-encoding');
  expect(text).toContain('mpegts');
  const packed = await ask(relay.port('http'), 'GET /assets/mpegts.js HTTP/1.1\nAccept-Encoding: br, gzip');
  expect(packed.head).toContain('content-encoding: gzip');
  expect(String(gunzipSync(packed.body))).toBe(text);
  expect(packed.body.length).toBeLessThan(text.length / 2);
  const etag = plain.headers.get('etag') ?? '';
  for (const tags of [etag, `"other", W/${etag}`, '*']) {
    const again = await fetch(url, { headers: { 'if-none-match': tags, 'accept-encoding': 'identity' } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
  }
  const refused = await ask(relay.port('http'), 'GET /assets/page.css HTTP/1.1\nAccept-Encoding: gzip;q=0');
  expect(refused.head).not.toContain('content-encoding');
});

test.each([
  '/assets/../package.json',
  '/assets/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/watch.html',
  '/assets/tsconfig.json',
  '/assets/constructor',
  '/assets/',
  '/assets',
  '/watched/live/a',
  '/watch.html',
  '/apple-touch-icon.png',
  '/api/x',
])('there is nothing at %s', async (path) => {
  await using relay = await startRelay();
  const { status, body } = await ask(relay.port('http'), `GET ${path} HTTP/1.1`);
  expect([status, String(body)]).toEqual([
    404,
    expect.stringMatching(/^there is nothing here(?:\n|: the stream )/),
  ]);
});

test('the icon is there for browsers that no page has told of it, and crawlers are sent away', async () => {
  await using relay = await startRelay();
  const of = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${relay.port('http')}${path}`);
  const [guessed, told] = [await of('/favicon.ico'), await of('/assets/icon.svg')];
  expect([guessed.status, guessed.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  expect(await guessed.text()).toBe(await told.text());
  const robots = await of('/robots.txt');
  expect(robots.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await robots.text()).toBe('User-agent: *\nDisallow: /\n');
});

test('HEAD gives the head, other methods are refused, a body unread', async () => {
  await using relay = await startRelay({ http: { listStreams: true } });
  const port = relay.port('http');
  for (const path of ['/watch/live/a', '/assets/watch.js', '/watch.json', '/watch']) {
    const get = await ask(port, `GET ${path} HTTP/1.1`);
    const head = await ask(port, `HEAD ${path} HTTP/1.1`);
    const withoutDate = (text: string): string => text.replace(/date: .*\r\n/, '');
    expect(withoutDate(head.head)).toBe(withoutDate(get.head));
    expect(head.body).toHaveLength(0);
    const post = await ask(port, `POST ${path} HTTP/1.1\nContent-Length: 5`, 'hello');
    expect(post.status).toBe(405);
    expect(post.head).toContain('allow: get, head');
    expect((await ask(port, `DELETE ${path} HTTP/1.1`)).status).toBe(405);
  }
});

test('pages and media take turns on one connection', async () => {
  await using relay = await startRelay();
  await using http = await RawHttp.open(relay.port('http'));
  http.send(
    'GET /watch HTTP/1.1\nHost: a\n\nGET /nothing HTTP/1.1\nHost: a\n\nGET /assets/icon.svg HTTP/1.1\nHost: a\n\n',
  );
  await http.heard(/Live streams[\s\S]*there is nothing here[\s\S]*<\/svg>/);
  http.send('GET / HTTP/1.1\nHost: a\nConnection: close\n\n');
  expect(await http.all()).toMatch(/302 Found[\s\S]*location: \/watch\r\n/);
});

test('the list has the streams with media, in order, for those who may play', async () => {
  await using relay = await startRelay({ name: 'ottawa', http: { listStreams: true } });
  const list = async (): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${relay.port('http')}/watch.json`)).json();
  expect(await list()).toEqual({ name: 'ottawa', streams: [], more: 0 });
  await using second = await TestPublisher.start(relay.port('rtmp'), 'live/b');
  await using first = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  await using _silent = await TestPublisher.start(relay.port('rtmp'), 'live/c');
  for (const publisher of [first, second]) publisher.sendMedia(...media('VH1@0 K1@0'));
  await expect.poll(list).toEqual({ name: 'ottawa', streams: ['live/a', 'live/b'], more: 0 });
});

test('the list leaves out what may not be played', async () => {
  await using relay = await startRelay({ http: { listStreams: true } });
  await using open = await TestPublisher.start(relay.port('rtmp'), 'live/open');
  await using other = await TestPublisher.start(relay.port('rtmp'), 'live/other');
  for (const publisher of [open, other]) publisher.sendMedia(...media('VH1@0 K1@0'));
  const list = async (): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${relay.port('http')}/watch.json`)).json();
  await expect.poll(list).toMatchObject({ streams: ['live/open', 'live/other'] });
  const streams = [{ match: 'live/open', source: { type: 'push' } }];
  await relay.relay.configure(relaySettings.parse({ streams, http: { listStreams: true } }));
  expect(await list()).toMatchObject({ streams: ['live/open'] });
});

test('the list is refused where it is not allowed, and to those who may play nothing of it', async () => {
  const cases = [
    { http: { listStreams: false } },
    { http: { listStreams: true }, access: { play: ['10.0.0.0/8'] } },
  ];
  for (const config of cases) {
    await using relay = await startRelay(config);
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const status = async (): Promise<number> =>
      (await fetch(`http://127.0.0.1:${relay.port('http')}/watch.json`)).status;
    await expect.poll(status).toBe(403);
  }
});

test('what may be listed is asked of access with the credentials of the request', async () => {
  const asked: AccessRequest[] = [];
  const ask = async (request: AccessRequest): Promise<Verdict> => {
    asked.push(request);
    return { refused: 'access', description: 'no' };
  };
  const { http } = relaySettings.parse({ http: { listStreams: true } });
  const pages = new Pages({ name: 'x', gate: { ask }, liveStreams: () => ['live/a'] }, http);
  const visitor: PageVisitor = {
    request: (verb, wish, intent) => ({ ...requestOf(), ...wish, verb, intent }),
    readBody: () => {},
    linger: () => {},
  };
  await using server = createServer((request, response) => void pages.answer(request, response, visitor));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/watch.json`, { headers: { authorization: 'Bearer abc' } });
  expect(asked).toMatchObject([{ verb: 'play', credentials: { token: 'abc' } }]);
});
