import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { relayNews } from '../../../../../src/service/admin/events/relay-event.ts';
import { ApiRelay } from '../../../../support/api-relays.ts';
import { EventClient } from '../../../../support/event-client.ts';

describe.each([1, 2])('a relay of %i workers', (workers) => {
  test('tells what streams and sessions do, and goes on where somebody was', async () => {
    await using relay = await ApiRelay.start({ workers, publish: { graceMs: 0 } });
    await using first = await EventClient.open(relay.url('/api/v1/events?types=stream,session'));
    expect([first.status, first.contentType]).toEqual([200, 'text/event-stream']);
    const publisher = await relay.publish('live/a');
    const live = await first.heard('stream', { what: 'live', stream: 'live/a' });
    expect(live['source']).toMatchObject({ type: 'push', protocol: 'rtmp' });
    const begun = await first.heard('session', { what: 'begun', verb: 'publish', stream: 'live/a' });
    expect(begun).toMatchObject({ protocol: 'rtmp', address: '127.0.0.1', identity: null, reason: null });
    await first.heard('session', { what: 'over', verb: 'play', stream: 'live/a', reason: 'closed' });
    const { lastId = '' } = first;
    await first[Symbol.asyncDispose]();
    await publisher.cut();
    await relay.log.waitFor('unpublish', { stream: 'live/a' });
    await using again = await EventClient.open(relay.url('/api/v1/events'), { 'last-event-id': lastId });
    await again.heard('stream', { what: 'ended', stream: 'live/a' });
    expect(again.blocks.filter(({ data }) => data?.['what'] === 'live')).toEqual([]);
    await using other = await EventClient.open(relay.url('/api/v1/events?after=another-7'));
    await other.heard('gap', { what: 'not-kept' });
  });

  test('lets whoever follows by a token go when the token holds no more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streampump-events-'));
    await using _removed = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
    const file = join(folder, 'token');
    await writeFile(file, 'alice-reads-along');
    const access = { failures: { delayMs: 0 } };
    const tokens = [{ name: 'alice', role: 'read', file }];
    await using relay = await ApiRelay.start({ workers, access, admin: { socket: null, tokens } });
    const authorization = 'Bearer alice-reads-along';
    await using alice = await EventClient.open(relay.url('/api/v1/events'), { authorization });
    await using local = await EventClient.open(relay.url('/api/v1/events'));
    await relay.control.configure(ApiRelay.settings({ workers, access }));
    expect(await alice.ended).toBe(true);
    await local.heard('relay', { what: 'reloaded' });
  });

  test('tells how it does, all that follow at once', async () => {
    await using relay = await ApiRelay.start({ workers });
    await using publisher = await relay.publish('live/a');
    await using first = await EventClient.open(relay.url('/api/v1/events?types=status'));
    await using second = await EventClient.open(relay.url('/api/v1/events?types=status'));
    const status = await first.heard('status');
    expect(await second.heard('status')).toEqual(status);
    expect(status['relay']).toMatchObject({ readiness: 'ready', workers });
    expect(status['streams']).toEqual([expect.objectContaining({ stream: 'live/a', state: 'live' })]);
    await publisher.cut();
  });

  test('tells warnings first, that it drains, and ends with it', async () => {
    await using relay = await ApiRelay.start({ workers, access: { publish: [] }, drain: { timeoutMs: 0 } });
    await expect(relay.publish('live/a')).rejects.toThrow();
    await relay.log.waitFor('refused');
    await using client = await EventClient.open(relay.url('/api/v1/events?types=warning,relay'));
    const warning = await client.heard('warning', { what: 'refused' });
    expect(warning).toMatchObject({ level: 'warn', fields: { stream: 'live/a', reason: 'access' } });
    await relay.control.drain();
    await client.heard('relay', { what: 'draining' });
    expect(await client.ended).toBe(true);
  });
});

test('who asks for what there is not is told so, and one look is no following', async () => {
  await using relay = await ApiRelay.start();
  const ask = async (query: string): Promise<[number, unknown]> => {
    const response = await fetch(relay.url(`/api/v1/events${query}`));
    return [response.status, await response.json()];
  };
  expect(await ask('?types=stream,nonsense')).toEqual([
    400,
    { error: 'bad-request', message: expect.stringContaining('expected some of stream, session') },
  ]);
  expect(await ask('?since=1')).toMatchObject([400, { error: 'bad-request' }]);
  const look = await fetch(relay.url('/api/v1/events'), { method: 'HEAD' });
  expect([look.status, look.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(relay.control.events.isAwake).toBe(false);
});

test('who does not read is let go before much waits, and whoever reads goes on', async () => {
  await using relay = await ApiRelay.start();
  const { events } = relay.control;
  await using reader = await EventClient.open(relay.url('/api/v1/events?types=relay'));
  const sleeper = connect(relay.port('admin'), '127.0.0.1');
  await using _gone = { [Symbol.asyncDispose]: async () => void sleeper.destroy() };
  sleeper.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(sleeper, 'data');
  sleeper.pause();
  const filling = 'x'.repeat(2 ** 19);
  for (let sent = 0; sent < 40; sent++) {
    events.tell({ type: 'audit', data: { at: new Date().toISOString(), what: 'change', filling } });
    await nextTurn();
  }
  const closed = once(sleeper, 'close');
  let received = 0;
  sleeper.on('data', ({ length }) => {
    received += length;
  });
  sleeper.on('error', () => {});
  sleeper.resume();
  await closed;
  expect(received).toBeLessThan(40 * filling.length);
  events.tell(relayNews('reloaded'));
  await reader.heard('relay', { what: 'reloaded' });
});

test('more than so many do not follow', async () => {
  await using relay = await ApiRelay.start();
  const clients = await Promise.all(
    Array.from({ length: 32 }, () => EventClient.open(relay.url('/api/v1/events'))),
  );
  const [first] = clients;
  const response = await fetch(relay.url('/api/v1/events'));
  expect([response.status, await response.json()]).toMatchObject([429, { error: 'too-many' }]);
  await first?.[Symbol.asyncDispose]();
  await expect.poll(() => relay.control.events.hasRoom).toBe(true);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});
