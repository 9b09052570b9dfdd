import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { RawHttp } from '../../support/http-client.ts';
import { runTool } from '../../support/run-tool.ts';
import { startRelay } from '../../support/start-relay.ts';

/** Sends text to the admin listener and gives all that comes until the connection is closed. */
function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

test('answers what it has, and nothing else', async () => {
  await using relay = await startRelay();
  const status = async (path: string, method = 'GET') =>
    (await fetch(relay.adminUrl(path), { method })).status;
  expect(await status('/healthz')).toBe(200);
  expect(await status('/readyz')).toBe(200);
  expect(await status('/metrics?x=/../')).toBe(200);
  expect(await status('/metrics', 'HEAD')).toBe(200);
  expect(await status('/metrics', 'POST')).toBe(405);
  expect(await status('/..%2f..%2fetc/passwd')).toBe(404);
});

test.each([
  { what: 'no HTTP', text: '\u0003\u0000\u0000\r\n\r\n' },
  { what: 'a header of 100 KB', text: `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n` },
  { what: 'two lengths', text: 'GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n' },
])('$what gets an error and the door', async ({ text }) => {
  await using relay = await startRelay();
  expect(await ask(relay.port('admin'), text)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect((await fetch(relay.adminUrl('/healthz'))).status).toBe(200);
});

test('a few requests may be sent ahead of their answers; who sends more is cut off, and holds nobody', async () => {
  await using relay = await startRelay();
  const port = relay.port('admin');
  const request = 'GET /api/v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n';
  const answers = async (count: number): Promise<number> => {
    const kept = `${request}\r\n`.repeat(count - 1);
    return (await ask(port, `${kept}${request}connection: close\r\n\r\n`)).split('HTTP/1.1 200').length - 1;
  };
  expect(await answers(4)).toBe(4);
  expect(await answers(400)).toBeLessThanOrEqual(4);
  expect((await fetch(relay.adminUrl('/healthz'))).status).toBe(200);
});

test('who goes while a wrong token is being answered is no fault of the relay', async () => {
  await using relay = await startRelay({ access: { failures: { delayMs: 10_000 } } });
  await fetch(relay.adminUrl('/api/v1/log-level')); // what answers is loaded
  const socket = connect(relay.port('admin'), '127.0.0.1');
  const head = 'POST /api/v1/reload HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer wrong\r\n\r\n';
  socket.write(head, () => socket.destroy());
  await relay.log.waitFor('audit');
  expect(relay.log.find('audit')[0]?.fields).toMatchObject({ outcome: 'unavailable', address: '127.0.0.1' });
  expect(relay.log.find('bug')).toEqual([]);
});

test('headers that drip are cut in time', async () => {
  await using relay = await startRelay();
  const started = performance.now();
  await ask(relay.port('admin'), 'GET /metrics HTTP/1.1\r\nx: ');
  expect(performance.now() - started).toBeLessThan(9000);
});

test('connections that ask for nothing make room for those that do', async () => {
  await using relay = await startRelay();
  const port = relay.port('admin');
  const idlers = await Promise.all(
    Array.from({ length: 80 }, async (_, index) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      await once(socket, 'connect');
      if (index % 2 === 0) socket.write('GET /healthz HT');
      return socket;
    }),
  );
  expect(await ask(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 /,
  );
  expect(idlers.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(64);
  for (const socket of idlers) socket.destroy();
});

const shown = ['/api/v1/streams', '/api/v1/sessions', '/api/v1/upstreams', '/api/v1/forwards'];

/** The answer of the API to what it does not do. */
function problem(error: string, message: string): string {
  return `${JSON.stringify({ error, message })}\n`;
}
const forProbes = ['/metrics', '/healthz', '/readyz'];

test.each([
  { host: 'Host: 127.0.0.1:9935', status: 200 },
  { host: 'Host: localhost', status: 200 },
  { host: 'Host: relay.example.com', status: 200 },
  { host: 'Host: evil.example', status: 421 },
  { host: 'Host:', status: 421 },
  { host: 'X-Forwarded-Host: localhost', status: 421 },
])('$host: what is for the operator gets $status, probes get their answer', async ({ host, status }) => {
  const admin = { host: '127.0.0.1', port: 0, names: ['Relay.example.com'] };
  await using relay = await startRelay({ listen: { admin } });
  const request = (path: string): Promise<string> =>
    ask(relay.port('admin'), `GET ${path} HTTP/1.0\r\n${host}\r\n\r\n`);
  for (const path of shown) {
    const answer = await request(path);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 421) expect(answer).toContain('listen.admin.names');
  }
  for (const path of forProbes) expect(await request(path)).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  { hosts: 'Host: localhost\r\nHost: evil.example' },
  { hosts: 'Host: evil.example\r\nHOST: localhost' },
  { hosts: 'Host: localhost\r\nHost: localhost' },
])('$hosts: refused, whatever is asked for', async ({ hosts }) => {
  await using relay = await startRelay();
  for (const path of [...shown, ...forProbes, '/nothing']) {
    for (const version of ['1.0', '1.1']) {
      const request = `GET ${path} HTTP/${version}\r\n${hosts}\r\nConnection: close\r\n\r\n`;
      expect(await ask(relay.port('admin'), request)).toMatch(/^HTTP\/1\.1 400 .*more than one Host/s);
    }
  }
});

test('no page of another origin may show what is here inside of it', async () => {
  await using relay = await startRelay({ http: { frameAncestors: ['*'] } });
  for (const path of [...shown, ...forProbes, '/nothing']) {
    const { headers } = await fetch(relay.adminUrl(path));
    expect(headers.get('content-security-policy')).toBe("frame-ancestors 'self'");
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
  }
});

test.each(['/api/v1/streams', '/api/v1/sessions'])(
  '%s: what a list does not know is refused with a sentence, in JSON that is nothing else',
  async (path) => {
    await using relay = await startRelay();
    for (const [query, says] of [
      ['limit=0', /^limit: expected an integer from 1 to 1000$/],
      ['after=', /^after: expected /],
      ['<b>=1', /^unknown parameter <b>: expected limit, after/],
    ] as const) {
      const response = await fetch(relay.adminUrl(`${path}?${query}`));
      expect([response.status, response.headers.get('x-content-type-options')]).toEqual([400, 'nosniff']);
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await response.json()).toEqual({ error: 'bad-request', message: expect.stringMatching(says) });
    }
    expect((await fetch(relay.adminUrl(`${path}?limit=1`), { method: 'POST' })).status).toBe(405);
  },
);

test('a target with a host in it is none of its paths', async () => {
  await using relay = await startRelay();
  const request = 'GET http://localhost/api/v1/upstreams HTTP/1.0\r\nHost: evil.example\r\n\r\n';
  expect(await ask(relay.port('admin'), request)).toMatch(/^HTTP\/1\.1 404 /);
});

test('what a rule to operate asks for is asked for what is not for everybody, and for nothing else', async () => {
  await using relay = await startRelay({
    access: { rules: [{ verbs: ['operate'], require: [{ type: 'key', values: ['operator-key'] }] }] },
  });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(relay.adminUrl(path), { headers });
    return [answer.status, answer.ok ? '' : await answer.text()];
  };
  expect(await get('/metrics')).toEqual([200, '']);
  expect(await get('/readyz')).toEqual([200, '']);
  const wanted = problem('forbidden', 'this needs a key (in the header Authorization)');
  expect(await get('/api/v1/streams')).toEqual([403, wanted]);
  const wrong = { authorization: 'Bearer wrong' };
  expect(await get('/api/v1/streams', wrong)).toEqual([
    403,
    problem('forbidden', 'this key is not known here'),
  ]);
  const right = { authorization: 'Bearer operator-key' };
  expect(await get('/api/v1/streams?limit=7', right)).toEqual([200, '']);
  const inUrl = problem('bad-request', 'key: no credential belongs in a URL: use the header Authorization');
  expect(await get('/api/v1/streams?key=operator-key', right)).toEqual([400, inUrl]);
});

test('who comes by a proxy is from no network of a rule to operate, wherever the proxy is', async () => {
  const rules = [{ verbs: ['operate'], networks: ['127.0.0.0/8'] }];
  const place = { host: '127.0.0.1', port: 0, names: ['relay.example.com'] };
  await using relay = await startRelay({ listen: { admin: place }, access: { rules } });
  await using client = await RawHttp.open(relay.port('admin'));
  const ask = (more: string): void =>
    client.send(`GET /api/v1/streams HTTP/1.1\nHost: relay.example.com\n${more}\n`);
  ask('');
  await client.heard(/200 OK/);
  client.forget();
  ask('X-Forwarded-For: 127.0.0.1\n');
  await client.heard(/403 Forbidden[\s\S]*this is not allowed from a proxy/);
});

test('who is denied to operate is so whatever he says of a proxy', async () => {
  const rules = [{ verbs: ['operate'], deny: ['127.0.0.0/8'] }];
  const place = { host: '127.0.0.1', port: 0, names: ['relay.example.com'] };
  await using relay = await startRelay({ listen: { admin: place }, access: { rules } });
  const head = 'GET /api/v1/streams HTTP/1.0\r\nHost: relay.example.com\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n';
  expect(await ask(relay.port('admin'), head)).toMatch(/^HTTP\/1\.1 403 /);
});

test('a connection that asks again and again gathers nothing', async () => {
  const names: string[] = [];
  const onWarning = ({ name }: Error): void => void names.push(name);
  process.on('warning', onWarning);
  await using relay = await startRelay();
  await using client = await RawHttp.open(relay.port('admin'));
  for (let asked = 0; asked < 12; asked++) {
    client.forget();
    client.send('GET /api/v1/streams HTTP/1.1\nHost: localhost\n\n');
    await client.heard(/200 OK[\s\S]*\}/);
  }
  process.off('warning', onWarning);
  expect(names).toEqual([]);
});

test('a rule to operate may go by the network alone', async () => {
  const rules = [{ verbs: ['operate'], networks: ['192.0.2.0/24'] }];
  await using relay = await startRelay({ access: { rules } });
  const answer = await fetch(relay.adminUrl('/api/v1/streams'));
  expect([answer.status, await answer.text()]).toEqual([
    403,
    problem(
      'forbidden',
      "this is not allowed from 127.0.0.1: the server's setting access.rules.0.networks does not list it",
    ),
  ]);
});

test('what answers the API is loaded for the first request that needs it, and not for probes', async () => {
  const support = fileURLToPath(new URL('../../support/start-relay.ts', import.meta.url));
  const script = `
    import { createRequire } from 'node:module';
    import { startRelay } from ${JSON.stringify(support)};
    const { cache } = createRequire(import.meta.url);
    const loaded = () => /node_modules.(fastify|net-snmp)/.exec(Object.keys(cache).join())?.[1];
    const relay = await startRelay();
    for (const path of ['/metrics', '/healthz', '/readyz']) await fetch(relay.adminUrl(path));
    const before = loaded();
    await fetch(relay.adminUrl('/api/v1/relay'));
    console.log([before, loaded()].join(' then '));
    await relay.relay.close();
    process.exit();
  `;
  await using tool = runTool(process.execPath, ['--input-type=module', '--eval', script]);
  expect((await tool.exited).code).toBe(0);
  expect(tool.stdoutBuffer.toString()).toBe(' then fastify\n');
});
