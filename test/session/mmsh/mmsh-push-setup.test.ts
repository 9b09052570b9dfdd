import { expect, test } from 'vitest';
import { deadlines } from '../../support/compliance-scene.ts';
import { PushScene, pushKey, pushPath } from '../../support/wms/push-scene.ts';

/** The head of a PushSetup. @param lines - of the head besides */
function head(...lines: string[]): string {
  const all = ['Host: x', 'Content-Type: application/x-wms-pushsetup', 'Cookie: push-id=0', ...lines];
  return `POST ${pushPath} HTTP/1.1\n${all.map((line) => `${line}\n`).join('')}\n`;
}

test('who may push is given a push-id, on a connection that stays; nothing is published by that', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head('Content-Length: 0'));
  const { request, decide } = await scene.asked();
  expect(request).toMatchObject({ verb: 'publish', protocol: 'mmsh', intent: 'look', path: [] });
  expect(request.readings).toEqual([{ key: pushKey, query: '' }]);
  decide(scene.grant(pushKey));
  await scene.settle();
  const [status, ...lines] = client.text.split('\r\n');
  expect(status).toBe('HTTP/1.1 204 No Content');
  expect(lines).toContain('server: Cougar/9.6.7600.16564');
  expect(lines).toContain('pragma: no-cache, timeout=60000');
  expect(lines).toContain('cache-control: no-cache');
  expect(lines.filter((line) => /^set-cookie: push-id=[1-9]\d{9,28}$/.test(line))).toHaveLength(1);
  expect(client.text).not.toMatch(/content-length|connection: close/i);
  expect([scene.releases, scene.events, scene.publications]).toEqual([[1], [], []]);
  expect([...scene.registry.streams()]).toEqual([]);
  const [first, second] = [await scene.setUp(client), await scene.setUp(client)];
  expect(first).not.toBe(second);
  expect(scene.sessions).toHaveLength(1);
});

const lines = 'Template-URL: http://x/streams/b; AutoDestroy: 1';

test.for([
  { how: 'with a length', fields: [`Content-Length: ${lines.length}`], body: lines },
  {
    how: 'in chunks',
    fields: ['Transfer-Encoding: chunked'],
    body: `${lines.length.toString(16)}\n${lines}\n0\n\n`,
  },
])('what an encoder wishes for its publishing point is taken note of, $how', async ({ fields, body }) => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head(...fields));
  client.send(body.slice(0, 20));
  await scene.letIn();
  expect(client.text).toBe('');
  client.send(body.slice(20));
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 204 /);
});

test('who waits to be asked for the body is asked once it is let in', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head('Content-Length: 2', 'Expect: 100-continue'));
  await scene.letIn();
  expect(client.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('\n');
  await scene.settle();
  expect(client.text).toMatch(/\r\n\r\nHTTP\/1\.1 204 /);
});

test('who is asked for credentials goes on on the same connection; a wrong password is told before anything is sent', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(`${head('Content-Length: 16')}AutoDestroy: 1\n`);
  const challenges = ['Digest realm="x", nonce="n"', 'Basic realm="x"'];
  (await scene.asked()).decide({ challenges, description: 'who are you' });
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 401 .*www-authenticate: Digest .*www-authenticate: Basic /s);
  expect(client.text).toContain('server: Cougar/9.6.7600.16564');
  client.forget();
  client.send(head('Content-Length: 0', 'Authorization: Basic dTp3cm9uZw=='));
  const { request, decide } = await scene.asked();
  expect(request.credentials).toEqual({ user: 'u', password: 'wrong' });
  decide({ refused: 'credentials', description: 'the user or the password is wrong', challenges });
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 401 .*server: Cougar.*the user or the password is wrong\n$/s);
  expect(await scene.setUp(client)).toMatch(/^\d+$/);
});

test.for([
  { what: 'a length', fields: ['Content-Length: 4097'], body: '', asks: false },
  { what: 'chunks', fields: ['Transfer-Encoding: chunked'], body: `1001\n${'x'.repeat(4097)}\n`, asks: true },
])('a body of more than 4 KiB is refused: $what', async ({ fields, body, asks }) => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head(...fields));
  client.send(body);
  if (asks) await scene.letIn();
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 413 .*connection: close.*server: Cougar/s);
  expect(scene.pending).toEqual([]);
});

test('a body that does not come is waited for, but not for long', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head('Content-Length: 10'));
  await scene.letIn();
  await scene.pass(deadlines.idleMs);
  expect(client.text).toMatch(/^HTTP\/1\.1 408 .*server: Cougar.*no end of the request in time\n$/s);
});

test('pages of other sites may not ask', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head('Content-Length: 0', 'Origin: https://stranger.example'));
  await scene.settle();
  expect(client.text).toMatch(
    /^HTTP\/1\.1 403 .*http\.publishOrigins of the server does not list this origin\n$/s,
  );
  expect(scene.events).toEqual(['rejected: access']);
});

test('an encoder that leaves takes its question with it', async () => {
  const scene = new PushScene();
  const client = scene.connect();
  client.send(head('Content-Length: 0'));
  const { signal, decide } = await scene.asked();
  client.socket.destroy();
  await scene.settle();
  expect(signal.aborted).toBe(true);
  decide(scene.grant(pushKey));
  await scene.settle();
  expect(scene.releases).toEqual([1]);
});
