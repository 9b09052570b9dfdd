import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AmfGateway } from '../../src/amf-gateway/amf-gateway.ts';
import { answerRequest, type GatewayHttpOptions } from '../../src/amf-gateway/gateway-http.ts';
import { nodeHandler } from '../../src/amf-gateway/node-handler.ts';
import { serviceHandlers } from '../../src/amf-gateway/service-handlers.ts';
import { decodeAmfPacket, encodeAmfPacket } from '../../src/protocol/amf/amf-packet.ts';

const gateway = new AmfGateway<string>({
  handlers: serviceHandlers({ who: ({ client }) => client }),
});
const packet = new Uint8Array(
  encodeAmfPacket({
    ...{ version: 3, headers: [] },
    bodies: [{ target: 'who', response: '/1', value: [] }],
  }),
);
const type = { 'content-type': 'application/x-amf' };

/** A request to a server that knows fetch, or that is one of node:http. */
type Ask = (init: RequestInit, options?: GatewayHttpOptions) => Promise<Response>;

const askFetch: Ask = (init, options) =>
  answerRequest(gateway, new Request('http://localhost/amf', init), 'somebody', options);

const askNode: Ask = async (init, options) => {
  const handler = nodeHandler(gateway, { ...options, clientOf: () => 'somebody' });
  await using server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/amf`, init);
  const body = await response.arrayBuffer();
  const { status, headers } = response;
  server.closeAllConnections();
  return new Response(body, { status, headers });
};

describe.each([
  { server: 'a server that knows fetch', ask: askFetch },
  { server: 'a server of node:http', ask: askNode },
])('$server', ({ ask }) => {
  test.each(['application/x-amf', 'Application/X-AMF; charset=utf-8'])(
    'answers a packet of %s with a packet',
    async (contentType) => {
      const response = await ask({ method: 'POST', headers: { 'content-type': contentType }, body: packet });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/x-amf');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      const { bodies } = decodeAmfPacket(new Uint8Array(await response.arrayBuffer()));
      expect(bodies).toEqual([{ target: '/1/onResult', response: 'null', value: 'somebody' }]);
    },
  );

  test.each([
    { what: 'another method', status: 405, init: { method: 'GET' }, text: 'AMF packets come by POST' },
    {
      ...{ what: 'another type', status: 415, text: 'expected a body with Content-Type: application/x-amf' },
      init: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: packet },
    },
    {
      ...{ what: 'a form of a web page', status: 415, text: 'expected a body' },
      init: { method: 'POST', body: new URLSearchParams({ a: 'b' }) },
    },
    {
      ...{ what: 'no packet', status: 400, text: 'AMF_PACKET_INVALID' },
      init: { method: 'POST', headers: type, body: '<html>' },
    },
    {
      ...{ what: 'half a packet', status: 400, text: 'AMF_TRUNCATED' },
      init: { method: 'POST', headers: type, body: packet.subarray(0, 10) },
    },
    { what: 'nothing', status: 400, text: 'AMF_TRUNCATED', init: { method: 'POST', headers: type } },
  ])('refuses $what: $status', async ({ status, init, text }) => {
    const response = await ask(init);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST, OPTIONS' : null);
  });

  test('refuses a packet that is too large, whether it says so or not: 413', async () => {
    const limit = { maxPacketBytes: packet.length - 1 };
    const said = await ask({ method: 'POST', headers: type, body: packet }, limit);
    expect(said.status).toBe(413);
    const pieces = ReadableStream.from([packet.subarray(0, 5), packet.subarray(5)]);
    const unsaid = await ask({ method: 'POST', headers: type, body: pieces, duplex: 'half' }, limit);
    expect(unsaid.status).toBe(413);
    const exact = await ask(
      { method: 'POST', headers: type, body: packet },
      { maxPacketBytes: packet.length },
    );
    expect(exact.status).toBe(200);
  });

  test('waits only so long for a packet: 408', async () => {
    const never = new ReadableStream({ start: (controller) => controller.enqueue(packet.subarray(0, 5)) });
    const response = await ask(
      { method: 'POST', headers: type, body: never, duplex: 'half' },
      { bodyTimeLimitMs: 20 },
    );
    expect(response.status).toBe(408);
  });
});

test('a fault of the server is told without its words, and thrown', async () => {
  const faults: unknown[] = [];
  const handler = nodeHandler(gateway, {
    clientOf: () => {
      throw new Error('the secret');
    },
  });
  await using server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => faults.push(error));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: type, body: packet });
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('the server has failed\n');
  expect(faults).toHaveLength(1);
  server.closeAllConnections();
});

test('a client of node:http that goes aborts its calls', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const waiting = new AmfGateway<string>({
    handlers: serviceHandlers({
      who: ({ signal }) => {
        begun.resolve(signal);
        return new Promise(() => {});
      },
    }),
  });
  const handled = Promise.withResolvers<void>();
  const handler = nodeHandler(waiting, { clientOf: () => '' });
  await using server = createServer((request, response) => {
    handler(request, response).then(handled.resolve, handled.reject);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new AbortController();
  const asked = fetch(`http://127.0.0.1:${port}/`, {
    ...{ method: 'POST', headers: type, body: packet, signal: client.signal },
  });
  const signal = await begun.promise;
  client.abort();
  await expect(asked).rejects.toThrow('aborted');
  await handled.promise;
  expect(signal.aborted).toBe(true);
});
