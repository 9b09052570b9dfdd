import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { HookServer } from '../support/hook-server.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { simpleClientHandshake } from '../support/server-scene.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';
import { webSocketHead } from '../support/ws-client.ts';

let hook: HookServer;
let relay: TestRelay;
let witness: Witness;

/** What the back end has got and keeps unanswered. */
let unanswered = 0;

beforeAll(async () => {
  hook = await HookServer.start((asked) => {
    const { name } = asked as unknown as { readonly name: string };
    if (name === 'large') return { result: 'x'.repeat(60_000) };
    if (name === 'echo') return { result: null };
    unanswered++;
    return undefined;
  });
  relay = await startRelay({
    hooks: [{ events: ['call'], url: hook.url, timeoutMs: 60_000, connections: 300 }],
    calls: { rpcPath: '/rpc', openPerSession: 256, perSecond: 10_000, timeoutMs: 60_000 },
  });
  witness = await Witness.start(relay);
});

afterAll(async () => {
  await witness.expectUndisturbed();
  expect(relay.log.find('bug')).toEqual([]);
  await witness[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
});

function metric(outcome: string): Promise<number> {
  return relay.metric(`streampump_calls_total{direction="from-client",outcome="${outcome}"}`);
}

test('calls that are never answered are given up when their client leaves', async () => {
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  const limited = await metric('limited');
  for (let id = 10; id < 310; id++) client.command('never', id, null);
  await client.answerTo(309);
  expect(await metric('limited')).toBe(limited + 44);
  await expect.poll(() => unanswered).toBeGreaterThan(200);
  client.socket.destroy();
  await expect.poll(() => metric('left')).toBe(256);
  await using other = await RawClient.openConnected(relay.port('rtmp')); // the back end has time for others again
  other.command('echo', 5, null);
  expect(await other.answerTo(5)).toEqual(['_result', 5, null, null]);
});

test('answers to calls that nobody has made, and arguments that refer to themselves, change nothing', async () => {
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  for (let id = 0; id < 100; id++) {
    client.command('_result', id, null, 'of nothing');
    client.command('_error', -id, null, amfObject({ code: 'x' }));
  }
  const cyclic: AmfValue[] = [];
  cyclic.push(cyclic);
  client.command('echo', 7, null, cyclic);
  const [name, , , fault] = await client.answerTo(7);
  expect([name, fault]).toEqual([
    '_error',
    expect.objectContaining({ description: 'the arguments cannot be passed on: a cyclic value' }),
  ]);
  client.command('__proto__', 8, null);
  client.command('echo', 9, null, amfObject({ ['__proto__']: amfObject({ isAdmin: true }) }));
  expect((await client.answerTo(9))[0]).toBe('_result');
  expect({}).not.toHaveProperty('isAdmin');
});

test('a client that connects with more than anybody says is told so in the log, and cut', async () => {
  await using client = await RawClient.open(relay.port('rtmp'));
  client.connect('live', {});
  await client.answerTo(1);
  await using talker = await RawClient.open(relay.port('rtmp'));
  talker.send(simpleClientHandshake);
  talker.command('connect', 1, amfObject({ app: 'live' }), 'x'.repeat(5000));
  await talker.closed;
  await relay.log.waitFor('protocol-error', { code: 'RTMP_COMMAND_INVALID' });
});

/** A masked text frame as a client sends it, with a mask of zeros. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), Buffer.alloc(4), Buffer.from(text)]);
}

test('a client of JSON-RPC that reads no answer is cut', async () => {
  await using client = await RawHttp.open(relay.port('http'));
  client.send(`${webSocketHead('/rpc')}\n`);
  await client.heard(/^HTTP\/1\.1 101 /);
  client.socket.pause();
  for (let id = 0; id < 250; id++) client.send(textFrame(`{"jsonrpc":"2.0","method":"large","id":${id}}`));
  await relay.log.waitFor('protocol-error', { code: 'WEBSOCKET_ANSWERS_UNREAD' });
});
