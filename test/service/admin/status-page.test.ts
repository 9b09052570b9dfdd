import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';

interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function get(
  relay: TestRelay,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { port: relay.port('admin'), path, method, headers, agent: false },
      async (response) => {
        const parts = await response.toArray();
        resolve({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

test('anyone may have the page, which shows nothing by itself and lets nothing in from elsewhere', async () => {
  const rules = [{ match: '**', verbs: ['operate'], require: [{ type: 'key', values: ['operators-only'] }] }];
  const admin = { host: '127.0.0.1', port: 0, names: ['relay.test'] };
  await using relay = await startRelay({ name: 'ottawa', listen: { admin }, access: { rules } });
  const byProxy = { host: 'relay.test', 'x-forwarded-for': '192.0.2.1' };
  expect((await get(relay, '/api/v1/relay', byProxy)).status).toBe(403);
  const { status, headers, text } = await get(relay, '/', byProxy);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(text).toContain('<h1 id="name">streampump</h1>');
  expect(text).not.toMatch(/ottawa|<script>|<style|style=|\son\w+=|https?:/);
});

test('a browser keeps the page until one of its files is another', async () => {
  await using relay = await startRelay();
  const { headers } = await get(relay, '/');
  const { etag = '', 'cache-control': cacheControl } = headers as Record<string, string>;
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  expect(cacheControl).toBe('no-cache');
  expect(await get(relay, '/', { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
  expect(await get(relay, '/', {}, 'HEAD')).toMatchObject({ status: 200, text: '', headers: { etag } });
  const packed = await get(relay, '/assets/status/status.js', { 'accept-encoding': 'gzip' });
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': 'text/javascript; charset=utf-8',
  });
  const again = { 'accept-encoding': 'gzip', 'if-none-match': String(packed.headers['etag']) };
  expect(await get(relay, '/assets/status/status.js', again)).toMatchObject({ status: 304 });
});

test.each([
  '/assets/watch.js',
  '/assets/status/api.d.ts',
  '/assets/status/status.html',
  '/assets/status/../../commands.ts',
  '/assets/status/%2e%2e/%2e%2e/commands.ts',
  '/assets/',
])('there is no %s', async (path) => {
  await using relay = await startRelay();
  expect((await get(relay, path)).status).toBe(404);
});

test('by a name that is not its own there is no page, and it takes no POST', async () => {
  await using relay = await startRelay();
  expect((await get(relay, '/', { host: 'evil.test' })).status).toBe(421);
  expect(await get(relay, '/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
});
