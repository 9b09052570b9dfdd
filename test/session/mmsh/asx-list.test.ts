import { expect, test } from 'vitest';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { startHouse } from '../../support/start-house.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

/** Head and URLs of what is answered to a request; `\n` stands for CRLF. */
async function asked(relay: Pick<TestRelay, 'port'>, request: string, protocol = 'http') {
  await using client = await RawHttp.open(relay.port(protocol));
  client.send(`${request}\nConnection: close\n\n`);
  const [head = '', body = ''] = (await client.all()).split('\r\n\r\n');
  const urls = Array.from(body.matchAll(/<Ref href="([^"]*)"/g), ([, url]) => url);
  return { status: Number(head.split(' ', 2)[1]), head, body, urls };
}

const listed = (place: string): string[] => [`mmsh://${place}`, `http://${place}`];

test.each([
  { path: '/streams/cam1.asx', place: 'h.example:8080/streams/cam1' },
  { path: '/STREAMS/cam1.asx', place: 'h.example:8080/streams/cam1' },
  { path: '/live/a%20b.asx?key=1&uid=%22', place: 'h.example:8080/live/a%20b.asf?key=1&uid=%22' },
  { path: "/live/a'b.asx?x=<y>&amp;", place: "h.example:8080/live/a'b.asf?x=%3Cy%3E&amp;amp;" },
])('$path has the addresses, whether the stream is there or not', async ({ path, place }) => {
  await using relay = await startRelay();
  const { status, head, urls } = await asked(relay, `GET ${path} HTTP/1.1\nHost: h.example:8080`);
  expect(status).toBe(200);
  expect(head).toMatch(/^content-type: video\/x-ms-wvx$/im);
  expect(head).toMatch(/^cache-control: no-store$/im);
  expect(urls).toEqual(listed(place));
});

test('the server is called as the client calls it, behind a proxy too; else by its address', async () => {
  await using relay = await startRelay({ http: { trustedProxies: ['127.0.0.1/32'] } });
  const get = 'GET /live/a.asx HTTP/1.0';
  const own = `127.0.0.1:${relay.port('http')}`;
  for (const { lines, host } of [
    { lines: '', host: own },
    { lines: '\nHost: h"><x', host: own },
    { lines: '\nHost: [::1]:8080', host: '[::1]:8080' },
    {
      lines: '\nHost: inner\nX-Forwarded-For: 192.0.2.1\nX-Forwarded-Host: tv.example, x',
      host: 'tv.example',
    },
    { lines: '\nHost: inner\nX-Forwarded-Host: nobody.example', host: 'inner' },
  ])
    expect((await asked(relay, get + lines)).urls, lines).toEqual(listed(`${host}/live/a.asf`));
  const secure = '\nHost: tv.example\nX-Forwarded-For: 192.0.2.1\nX-Forwarded-Proto: https';
  expect((await asked(relay, get + secure)).urls).toEqual(['https://tv.example/live/a.asf']);
});

test('HEAD has no body; a list is not written', async () => {
  await using relay = await startRelay();
  expect(await asked(relay, 'HEAD /live/a.asx HTTP/1.1\nHost: x')).toMatchObject({ status: 200, body: '' });
  expect(await asked(relay, 'OPTIONS /live/a.asx HTTP/1.1\nHost: x')).toMatchObject({ status: 204 });
  expect(await asked(relay, 'PUT /live/a.asx HTTP/1.1\nHost: x\nContent-Length: 0')).toMatchObject({
    status: 405,
  });
});

test('who may not play gets no list, and of what is FLV there is none', async () => {
  await using relay = await startRelay({ access: { play: ['10.0.0.0/8'] } });
  expect(await asked(relay, 'GET /live/a.asx HTTP/1.1\nHost: x')).toMatchObject({ status: 403 });
  await using open = await startRelay();
  await using publisher = await TestPublisher.start(open.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  await expect
    .poll(() => asked(open, 'GET /live/a.asx HTTP/1.1\nHost: x'))
    .toMatchObject({ status: 406, body: expect.stringMatching(/live\/a is .*: it is FLV, at rtmp:/) });
});

test('a house has nothing of its own to list', async () => {
  await using house = await startHouse();
  expect(await asked(house, 'GET /live/a.asx HTTP/1.1\nHost: x')).toMatchObject({
    status: 404,
    body: expect.stringContaining('no relay'),
  });
});
