import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { publishLoop } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { startHouseProcess } from '../support/house-process.ts';
import { publishWithFfmpeg } from '../support/real-clients.ts';
import { at, Recipe } from '../support/recipe.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';
import { TestClient } from '../support/test-client.ts';

const page = 'docs/access.md';

/** Starts a server of HTTP on a free port. */
async function serve(answer: RequestListener): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What a server says to a request for a stream over HTTP: its status, and whether media comes. */
async function fetchStatus(url: string): Promise<number> {
  const leave = new AbortController();
  const { status } = await fetch(url, { signal: leave.signal });
  leave.abort();
  return status;
}

/** Publishes until the test is over, as the relay allows it from here. */
async function publish(relay: RelayProcess, key: string): Promise<AsyncDisposable> {
  const publisher = publishLoop(relay.rtmpUrl(key));
  await relay.waitForLog(new RegExp(`"event":"publish",[^\\n]*"stream":"${key}"`));
  return publisher;
}

test('OBS with a key', async () => {
  await using recipe = await Recipe.open(page, 'OBS with a key');
  await recipe.run(recipe.blocks('sh').join(''));
  const key = (await readFile(join(recipe.folder, 'cam1.key'), 'utf8')).trim();
  const relay = await recipe.startRelay();
  const [, server = '', streamKey = ''] =
    /Server +(\S+)\nStream Key +(\S+)/.exec(recipe.blocks('text')[0] ?? '') ?? [];
  await using refused = publishWithFfmpeg(at(relay, `${server}/${streamKey}`), { seconds: 1 });
  expect((await refused.exited).code).not.toBe(0);
  expect(refused.stderr).toContain('this key is not known here');
  await using encoder = publishWithFfmpeg(at(relay, `${server}/${streamKey.replace('KEY', key)}`), {
    seconds: 1,
  });
  await relay.waitForLog(/"event":"publish",[^\n]*"stream":"live\/cam1"/);
  expect((await encoder.exited).code).toBe(0);
  expect(relay.log).not.toContain(key);
});

test('paid viewers with signed URLs', async () => {
  await using recipe = await Recipe.open(page, 'Paid viewers with signed URLs');
  const [makeSecret = '', signIt = ''] = recipe.blocks('sh');
  await recipe.run(makeSecret);
  const relay = await recipe.startRelay();
  await using _publisher = await publish(relay, 'vip/match');
  const signature = (await recipe.run(signIt)).trim();
  const urls = at(relay, recipe.blocks('text')[0] ?? '').split('\n');
  expect(urls.map((url) => url.split(':', 1)[0])).toEqual(['http', 'http', 'rtmp']);
  const [watch = '', flv = '', rtmp = ''] = urls.map((url) => url.replace('SIGNATURE', signature));
  expect(await fetchStatus(watch)).toBe(200);
  expect(await fetchStatus(flv)).toBe(200);
  expect(await fetchStatus(flv.replace('vip/match', 'vip/other'))).toBe(403);
  expect(await fetchStatus(flv.replace(/\?.*/, ''))).toBe(403);
  await using player = runTool('rtmpdump', ['-q', '-r', rtmp, '-o', '-']);
  await player.waitForStdout('FLV');
});

test('single sign-on with JSON Web Tokens', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'login-1', alg: 'ES256', use: 'sig' }];
  await using provider = await serve((_request, response) => response.end(JSON.stringify({ keys })));
  const token = (claims: object): string => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${encode({ alg: 'ES256', kid: 'login-1' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  await using recipe = await Recipe.open(page, 'Single sign-on with JSON Web Tokens', {
    'https://login.example.com/.well-known/jwks.json': `http://127.0.0.1:${provider.port}/jwks.json`,
    ' -o meeting.flv': '',
  });
  const relay = await recipe.startRelay();
  await using _publisher = await publish(relay, 'staff/meeting');
  const claims = {
    iss: 'https://login.example.com',
    aud: 'streampump',
    sub: 'ann',
    exp: Math.floor(Date.now() / 1000) + 60,
  };
  const commands = at(relay, recipe.blocks('sh')[0] ?? '').split('\n');
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    await using player = recipe.start(`exec ${command}`, { TOKEN: token(claims) });
    await player.waitForStdout('FLV');
    await using stranger = recipe.start(`${command} -f`, { TOKEN: token({ ...claims, aud: 'another' }) });
    expect((await stranger.exited).code).not.toBe(0);
  }
});

test('a back end made for SRS', async () => {
  const asked: Readonly<Record<string, unknown>>[] = [];
  await using backEnd = await serve(async (request, response) => {
    const body = JSON.parse(await text(request)) as Readonly<Record<string, unknown>>;
    asked.push(body);
    response.end(String(body['param']).includes('paid=yes') || body['action'] === 'on_publish' ? '0' : '1');
  });
  await using recipe = await Recipe.open(page, 'A back end made for SRS', {
    'backend.example:8085': `127.0.0.1:${backEnd.port}`,
  });
  const relay = await recipe.startRelay();
  await using _publisher = await publish(relay, 'live/cam1');
  expect(await fetchStatus(`${relay.flvUrl('live/cam1')}?paid=yes`)).toBe(200);
  expect(await fetchStatus(relay.flvUrl('live/cam1'))).toBe(403);
  expect(asked.find(({ action }) => action === 'on_publish')).toMatchObject({ app: 'live', stream: 'cam1' });
});

test('operators with a certificate', async () => {
  await using recipe = await Recipe.open(page, 'Operators with a certificate', { ':9935': ':$PORT' });
  const [make = '', ask = ''] = recipe.blocks('sh').map((commands) => commands.trim());
  await recipe.run(make);
  const { adminPort } = await recipe.startRelay();
  const env = { PORT: String(adminPort) };
  expect(JSON.parse(await recipe.run(`${ask} -sf`, env))).toMatchObject({ items: [] });
  const stranger = ask.replace(/ --cert \S+ --key \S+/, ' -s');
  expect(await recipe.run(stranger, env)).toContain('this needs a client certificate (TLS)');
});

test('behind HAProxy', async () => {
  const [rtmp, http] = [await freePort(), await freePort()];
  await using recipe = await Recipe.open(page, 'Behind HAProxy', {
    '10.0.0.2': '127.0.0.1',
    '203.0.113.0/24': '127.0.5.0/24',
    'bind :1935': `bind 127.0.0.1:${rtmp}`,
    'bind :8080': `bind 127.0.0.1:${http}`,
  });
  const relay = await recipe.startRelay();
  const config = (recipe.blocks('text')[0] ?? '')
    .replace('10.0.0.10:1935', `127.0.0.1:${relay.rtmpPort}`)
    .replace('10.0.0.10:8080', `127.0.0.1:${relay.httpPort}`);
  await using _proxy = await startHaproxy(config, rtmp);
  const open = async (localAddress: string): Promise<TestClient> => {
    const socket = connect({ port: rtmp, host: '127.0.0.1', localAddress });
    return new TestClient(rtmp, 'publish', 'live/cam1', socket);
  };
  await using stranger = await open('127.0.6.7');
  expect((await stranger.refused).description).toContain('publishing is not allowed from 127.0.6.7');
  await using encoder = await open('127.0.5.7');
  await encoder.started;
  const [, peer] = await relay.waitForLog(/"event":"publish"[^\n]*"peer":"([^"]*)"/);
  expect(peer).toMatch(/^127\.0\.5\.7:/);
});

test('a fleet: only through the house', async () => {
  await using recipe = await Recipe.open(page, 'A fleet: only through the house');
  const { folder } = recipe;
  await recipe.run(recipe.blocks('sh')[0] ?? '');
  const textOf = async (name: string) => (await readFile(join(folder, name), 'utf8')).trim();
  const [ottawa, cam1] = [await textOf('ottawa.key'), await textOf('cam1.key')];
  const [rtmpPort, httpPort] = [await freePort(), await freePort()];
  const roster = (recipe.blocks('json roster')[0] ?? '')
    .replace('THE-KEY-OF-OTTAWA', ottawa)
    .replace('ottawa.example.org:8080', `127.0.0.1:${httpPort}`)
    .replace('ottawa.example.org', `127.0.0.1:${rtmpPort}`);
  await using house = await startHouseProcess({
    folder,
    config: JSON.parse(recipe.blocks('json house')[0] ?? ''),
    roster: JSON.parse(roster),
  });
  const { house: link } = JSON.parse(recipe.blocks('json')[0] ?? '');
  const files = { keyFile: join(folder, link.keyFile), copyFile: join(folder, 'copy.json') };
  await using relay = await startRelayProcess({
    ...{ rtmpPort, httpPort },
    config: { house: { ...link, ...files, url: house.url(''), insecure: true } },
  });
  await relay.waitForLog(/"event":"house-order"[^\n]*"what":"config"/);

  const signedBy = `${recipe.folder}/signing-secrets`;
  const sign = `streampump sign --verb play --stream vip/cam1 --secret-id k1 --secret-file ${signedBy} --join-within 1m`;
  const signature = (await recipe.run(sign)).trim();
  const urls = (recipe.blocks('text')[0] ?? '')
    .split('\n')
    .map((url) =>
      url
        .replace('rtmp://HOUSE/', house.rtmpUrl(''))
        .replace('http://HOUSE:8079/', house.url('/'))
        .replace('KEY', cam1)
        .replace('SIGNATURE', signature),
    );
  const [rtmp = '', flv = '', watch = ''] = urls;
  await using _encoder = publishLoop(rtmp);
  await relay.waitForLog(/"event":"publish",[^\n]*"stream":"vip\/cam1"/);
  expect(await fetchStatus(flv)).toBe(200);
  expect(await fetchStatus(watch)).toBe(200);
  expect(await fetchStatus(flv.replace(/\?.*/, ''))).toBe(403);
  expect(await fetchStatus(`${relay.flvUrl('vip/cam1')}?${signature}`)).toBe(403);
  await using straight = publishWithFfmpeg(`${relay.rtmpUrl('vip/cam2')}?key=${cam1}`, { seconds: 1 });
  expect((await straight.exited).code).not.toBe(0);
  expect(straight.stderr).toContain('ask the house for this stream');
  for (const { log } of [relay, { log: house.tool.stdoutBuffer.toString() }])
    for (const secret of [cam1, signature.slice(-30), ottawa, 'permit=']) expect(log).not.toContain(secret);
});
