import { Agent, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { AmfCallError, AmfClient, type AmfClientOptions } from '../../../src/amf-gateway/amf-client.ts';
import { serviceHandlers } from '../../../src/amf-gateway/service-handlers.ts';
import { type AmfBody, decodeAmfPacket, encodeAmfPacket } from '../../../src/protocol/amf/amf-packet.ts';
import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../../src/protocol/amf/call-fault.ts';
import type { ClientCall } from '../../../src/session/calls/client-call.ts';
import { HookServer } from '../../support/hook-server.ts';
import { RawHttp } from '../../support/http-client.ts';
import { TestCluster } from '../../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';

const type = { 'content-type': 'application/x-amf' };

const services = serviceHandlers<ClientCall>({
  echo: (_call, value) => value,
  who: ({ client }) => {
    const { protocol, address, software, identity = null, origin = null } = client;
    return amfObject({ protocol, address, software, identity, origin });
  },
  shop: {
    fail: () => {
      throw new CallFault('Shop.Closed', 'come back at nine');
    },
    bug: () => {
      throw new Error('the password is in /etc/secret');
    },
    long: () => 'x'.repeat(2000),
  },
});

/** A relay that is called at `/amf`. */
function gatewayRelay(
  calls: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
  handlers = services,
): Promise<TestRelay> {
  return startRelay({ calls: { amfPath: '/amf', ...calls }, ...more }, { calls: handlers });
}

function url(relay: { port(protocol: string): number }, path = '/amf'): string {
  return `http://127.0.0.1:${relay.port('http')}${path}`;
}

function packetOf(...bodies: AmfBody[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeAmfPacket({ version: 0, headers: [], bodies }));
}

const echo = packetOf({ target: 'echo', response: '/1', value: ['x'] });

function post(
  relay: TestRelay,
  body: RequestInit['body'] = echo,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url(relay), { method: 'POST', headers: { ...type, ...headers }, body, duplex: 'half' });
}

/** Sends a packet on a connection of that agent, or its own. @returns the status of the answer */
async function send(to: string, body: Uint8Array, agent: Agent | false): Promise<number> {
  const answered = Promise.withResolvers<number>();
  request(to, { method: 'POST', headers: type, agent }, (response) => {
    response.resume().once('end', () => answered.resolve(response.statusCode ?? 0));
  })
    .once('error', answered.reject)
    .end(body);
  return answered.promise;
}

async function faultOf(call: Promise<AmfValue>): Promise<[string, string]> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof AmfCallError)) throw new Error(`no AmfCallError: ${error}`);
  return [error.code, error.message];
}

describe('a relay with a gateway', () => {
  test.each([0, 3] as const)(
    'answers calls of version %i, and counts what became of them',
    async (version) => {
      await using relay = await gatewayRelay();
      const options: AmfClientOptions = { version, httpHeaders: { 'user-agent': 'tester' } };
      const client = new AmfClient(url(relay), options);
      const value = amfObject({ list: [1, 'a', null], when: new Date(0) });
      expect(await client.call('echo', [value])).toEqual(value);
      expect(await client.call('who')).toEqual({
        ...{ protocol: 'amf', address: '127.0.0.1', software: 'tester', identity: null, origin: null },
      });
      const failed = 'NetConnection.Call.Failed';
      expect(await faultOf(client.call('shop.fail'))).toEqual(['Shop.Closed', 'come back at nine']);
      expect(await faultOf(client.call('shop.bug'))).toEqual([failed, 'the call has failed']);
      expect(await faultOf(client.call('shop.none'))).toEqual([failed, 'unknown command shop.none']);
      expect(await faultOf(client.call('__proto__.toString'))).toEqual([
        ...[failed, 'unknown command __proto__.toString'],
      ]);
      const count = (outcome: string) =>
        relay.metric(`streampump_calls_total{direction="from-client",outcome="${outcome}"}`);
      expect([await count('answered'), await count('refused')]).toEqual([2, 1]);
      expect([await count('failed'), await count('unknown')]).toEqual([1, 2]);
      expect(relay.log.lines.some((line) => JSON.stringify(line).includes('/etc/secret'))).toBe(true);
    },
  );

  test('all calls of a packet are answered, in their order', async () => {
    await using relay = await gatewayRelay();
    const client = new AmfClient(url(relay));
    const outcomes = await client.callAll([
      { name: 'shop.fail' },
      { name: 'echo', args: [1] },
      { name: 'no' },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });

  test('has none unless it is told to', async () => {
    await using relay = await startRelay({}, { calls: services });
    expect((await post(relay)).status).toBe(404);
    await using other = await gatewayRelay({ amfPath: '/my/calls' });
    expect((await post(other)).status).toBe(404);
    expect(await new AmfClient(url(other, '/my/calls?token=x')).call('echo', [1])).toBe(1);
  });

  test('tells by status what is no packet', async () => {
    await using relay = await gatewayRelay();
    const get = await fetch(url(relay));
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect((await post(relay, echo, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(relay, echo, { 'content-encoding': 'gzip' })).status).toBe(415);
    const large = new Uint8Array(128 * 1024 + 1);
    expect((await post(relay, large)).status).toBe(413);
    expect((await post(relay, ReadableStream.from([large]))).status).toBe(413);
    await using raw = await RawHttp.open(relay.port('http'));
    raw.send(`POST /amf HTTP/1.1\nHost: a\nContent-Type: application/x-amf\nTransfer-Encoding: chunked\n\n`);
    for (let i = 0; i < 20; i++) raw.send(`4000\n${'x'.repeat(0x4000)}\n`);
    await raw.closed;
    expect(raw.text.match(/HTTP\/1\.1 413/g)).toHaveLength(1);
    const broken = await post(relay, echo.subarray(0, 9));
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('AMF_TRUNCATED')]);
    await relay.log.waitFor('protocol-error', { code: 'AMF_TRUNCATED' });
    const version = await post(relay, new Uint8Array([0, 1, 0, 0, 0, 0]));
    expect([version.status, await version.text()]).toEqual([
      ...[400, expect.stringContaining('AMF_PACKET_INVALID')],
    ]);
  });

  test('a packet may come in any pieces', async () => {
    await using relay = await gatewayRelay();
    const pieces = Array.from(echo, (byte) => new Uint8Array([byte]));
    const response = await post(relay, ReadableStream.from(pieces));
    const { bodies } = decodeAmfPacket(new Uint8Array(await response.arrayBuffer()));
    expect(bodies).toEqual([{ target: '/1/onResult', response: 'null', value: 'x' }]);
    expect(response.headers.get('content-type')).toBe('application/x-amf');
  });

  test('a packet has to come in time', async () => {
    await using relay = await gatewayRelay({}, { deadlines: { idleMs: 100 } });
    const never = new ReadableStream({ start: (stream) => stream.enqueue(echo.subarray(0, 3)) });
    const response = await post(relay, never);
    expect(response.status).toBe(408);
    expect(await response.text()).toBe('no AMF packet in time\n');
  });
});

describe('pages', () => {
  const listed = 'https://app.example';

  test('of other origins may call only where they are listed, whatever may play', async () => {
    await using relay = await gatewayRelay({}, { http: { publishOrigins: [listed] } });
    const { host } = new URL(url(relay));
    for (const origin of ['https://evil.example', 'null', `http://${host}`]) {
      const response = await post(relay, echo, { origin });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain(`pages from ${origin} may not call anything`);
    }
    const response = await post(relay, echo, { origin: listed });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(await relay.metric('streampump_rejected_total{reason="access"}')).toBe(3);
  });

  test('are told so before they send anything', async () => {
    await using relay = await gatewayRelay({}, { http: { publishOrigins: [listed], corsOrigins: [] } });
    const ask = (origin: string) =>
      fetch(url(relay), {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      });
    const allowed = await ask(listed);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(listed);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('content-type');
    const refused = await ask('https://evil.example');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('limits', () => {
  const forever = () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const handlers = serviceHandlers<ClientCall>({
      forever: ({ signal }) => {
        begun.resolve(signal);
        return new Promise(() => {});
      },
    });
    return { begun: begun.promise, handlers };
  };

  test('a call may take so long', async () => {
    const { handlers } = forever();
    await using relay = await gatewayRelay({ timeoutMs: 50 }, {}, handlers);
    expect(await faultOf(new AmfClient(url(relay)).call('forever'))).toEqual([
      ...['NetConnection.Call.Failed', 'there is no answer in time'],
    ]);
  });

  test('a client that goes aborts its calls', async () => {
    const { begun, handlers } = forever();
    await using relay = await gatewayRelay({}, {}, handlers);
    const leaving = new AbortController();
    const call = new AmfClient(url(relay)).call('forever', [], { signal: leaving.signal });
    const signal = await begun;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    leaving.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    await aborted;
    expect(await relay.metric('streampump_calls_total{direction="from-client",outcome="left"}')).toBe(1);
  });

  test('a relay that stops says so to whoever waits', async () => {
    const { begun, handlers } = forever();
    const relay = await gatewayRelay({}, { drain: { timeoutMs: 0 } }, handlers);
    const call = faultOf(new AmfClient(url(relay)).call('forever'));
    const signal = await begun;
    await relay[Symbol.asyncDispose]();
    expect(signal.aborted).toBe(true);
    expect((await call)[0]).toBe('NetConnection.Call.Failed');
  });

  test('only so many calls of a packet, and only short answers, get through', async () => {
    await using relay = await gatewayRelay({ openPerSession: 1, perSecond: 3, maxAnswerBytes: 1024 });
    const client = new AmfClient(url(relay));
    expect(await faultOf(client.call('shop.long'))).toEqual([
      ...['NetConnection.Call.Failed', 'the call has failed'],
    ]);
    const outcomes = await client.callAll(Array.from({ length: 64 }, () => ({ name: 'echo', args: [1] })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3);
    const [last] = outcomes.slice(-1) as PromiseRejectedResult[];
    expect(last?.reason.message).toContain('too many calls');
  });

  test('only so many requests come on a connection', async () => {
    await using relay = await gatewayRelay({ perSecond: 1 });
    const empty = packetOf();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses = new Set<number>();
    for (let i = 0; i < 70 && !statuses.has(429); i++) statuses.add(await send(url(relay), empty, agent));
    agent.destroy();
    expect([...statuses]).toEqual([200, 429]);
    await relay.log.waitFor('protocol-error', { code: 'HTTP_REQUESTS_TOO_MANY' });
  });
});

describe('hooks', () => {
  const hook = (server: HookServer) => ({ hooks: [{ events: ['connect', 'call'], url: server.url }] });

  test('say who may call, with what is in the URL, and answer', async () => {
    await using server = await HookServer.start(({ event, query }) => {
      if (event !== 'connect') return { result: { votes: 17 } };
      return query === 'key=right'
        ? { allow: true, identity: 'ann' }
        : { allow: false, message: 'the key is wrong' };
    });
    await using relay = await startRelay({ calls: { amfPath: '/amf' }, ...hook(server) });
    expect(await new AmfClient(url(relay, '/amf?key=right')).call('vote', ['blue'])).toEqual({ votes: 17 });
    expect(server.asked.map(({ event, identity }) => [event, identity])).toEqual([
      ['connect', null],
      ['call', 'ann'],
    ]);
    const refused = await fetch(url(relay, '/amf?key=wrong'), { method: 'POST', headers: type, body: echo });
    expect([refused.status, await refused.text()]).toEqual([403, 'the key is wrong\n']);
    expect(server.asked).toHaveLength(3);
  });

  test('answer the calls of each worker', async () => {
    await using server = await HookServer.start(({ event }) =>
      event === 'call' ? { result: 1 } : { allow: true },
    );
    await using cluster = await TestCluster.start({ calls: { amfPath: '/amf' }, ...hook(server) });
    for (let i = 0; i < 6; i++) {
      expect(await send(url(cluster), echo, false)).toBe(200);
    }
    expect(server.asked.filter(({ event }) => event === 'call')).toHaveLength(6);
  });
});
