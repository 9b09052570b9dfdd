import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { encodeResume, RESUME_NAME } from '../../../src/session/resume-text.ts';
import { media } from '../../support/fake-media.ts';
import { RawHttp } from '../../support/http-client.ts';
import { RawClient } from '../../support/raw-client.ts';
import { pullAll } from '../../support/relay-process.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';
import { startRelay, type TestRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

/** Networks whose word is believed here: 127.0.0.2 is a stranger. */
const access = { relays: ['127.0.0.1/32'] };
const friend = '127.0.0.1';
const stranger = '127.0.0.2';

type Ask = (
  relay: TestRelay,
  address: string,
  key: string,
  ids: readonly string[],
) => Promise<AsyncDisposable>;

async function connectRtmp(relay: TestRelay, address: string, ids: readonly string[]): Promise<RawClient> {
  const client = await RawClient.open(relay.port('rtmp'), address);
  client.connect('live', { streampumpPath: [...ids] });
  client.command('createStream', 2, null);
  await client.heard('_result', 2);
  return client;
}

const overRtmp: Ask = async (relay, address, key, ids) => {
  const client = await connectRtmp(relay, address, ids);
  client.commandOn(1, 'play', 3, null, key.replace('live/', ''));
  return client;
};

const overHttp: Ask = async (relay, address, key, ids) => {
  const http = await RawHttp.open(relay.port('http'), address);
  http.send(`GET /${key}.flv HTTP/1.1\nHost: relay\nStreampump-Path: ${ids.join(', ')}\n\n`);
  return http;
};

const protocols = [
  { protocol: 'rtmp', play: overRtmp },
  { protocol: 'http-flv', play: overHttp },
];

describe.each(protocols)('a player over $protocol that says it is a relay', ({ protocol, play }) => {
  test.each([
    { address: friend, role: 'relay', claimed: ['claimed'] },
    { address: stranger, role: 'player', claimed: [] },
  ])('from $address is a $role, and upstreams are told of $claimed', async ({ address, role, claimed }) => {
    await using upstream = await ScriptedServer.start();
    await using relay = await startRelay({
      access,
      streams: [
        { match: 'live/up', source: { type: 'pull', urls: [`rtmp://127.0.0.1:${upstream.port}/{key}`] } },
        { match: '**', source: { type: 'push' } },
      ],
    });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using _player = await play(relay, address, 'live/a', ['claimed']);
    await expect
      .poll(() => relay.metric(`streampump_sessions{role="${role}",protocol="${protocol}"}`))
      .toBe(1);
    await using _waiting = await play(relay, address, 'live/up', ['claimed']);
    const sent = () => upstream.connections[0]?.connectRequest?.commandObject['streampumpPath'];
    await expect.poll(sent).toBeDefined();
    expect((sent() as string[]).slice(1)).toEqual(claimed); // the relay itself is first
  });

  test('cannot have the pull of others refused as a loop by naming the upstream', async () => {
    await using parent = await startRelay();
    await using publisher = await TestPublisher.start(parent.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const parentId = await idOf(parent, 'live/a');
    await using relay = await startRelay({ access, streams: pullAll([parent.rtmpUrl('{key}')]) });
    await using _player = await play(relay, stranger, 'live/a', [parentId]);
    await expect
      .poll(async () => (await relay.relay.upstreams({ limit: 1 })).items)
      .toMatchObject([{ state: 'flowing', lastError: null }]);
    expect(parent.log.find('refused')).toEqual([]);
  });

  test('and names this relay is a loop when it is believed, and a player when it is not', async () => {
    await using relay = await startRelay({ access });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const id = await idOf(relay, 'live/a');
    await using _refused = await play(relay, friend, 'live/a', [id]);
    const line = await relay.log.waitFor('refused', { reason: 'loop' });
    expect(line.text).toBe(`was refused: loop: ${id} -> ${id}`);
    await using _player = await play(relay, stranger, 'live/a', [id]);
    await expect
      .poll(() => relay.metric(`streampump_sessions{role="player",protocol="${protocol}"}`))
      .toBe(1);
  });
});

test('a publisher that is not believed brings no path, be it a loop or not', async () => {
  const strangersPublish = { ...access, publish: ['127.0.0.0/8'] };
  await using relay = await startRelay({ access: strangersPublish });
  await using first = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  first.sendMedia(...media('VH1@0 K1@0'));
  const id = await idOf(relay, 'live/a');
  await using client = await connectRtmp(relay, stranger, [id, 'claimed']);
  client.commandOn(1, 'publish', 3, null, 'b', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  for (const { type, payload } of media('VH1@0 K1@0')) client.message(type, payload, 1);
  await expect.poll(() => pathOf(relay, 'live/b')).toBe(id);
});

test.each([
  { who: 'a relay that is believed', address: friend, ids: ['claimed'], isTold: true },
  { who: 'a relay that is not believed', address: stranger, ids: ['claimed'], isTold: false },
  { who: 'an encoder', address: friend, ids: [], isTold: false },
])('$who publishes a stream again: it is told how far that is: $isTold', async ({ address, ids, isTold }) => {
  await using relay = await startRelay({ access: { ...access, publish: ['127.0.0.0/8'] } });
  const publish = async (from: string, path: readonly string[]): Promise<RawClient> => {
    const client = await connectRtmp(relay, from, path);
    client.commandOn(1, 'publish', 3, null, 'a', 'live');
    await client.heard('onStatus NetStream.Publish.Start');
    return client;
  };
  await using first = await publish(friend, ['claimed']);
  const sent = media('VH1@0 AH1@0 K1@0 A2@10 P3@40');
  for (const { type, timestamp, payload } of sent) first.message(type, payload, 1, timestamp);
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(5);
  await first[Symbol.asyncDispose]();
  await relay.log.waitFor('unpublish', { stream: 'live/a' });
  await using again = await publish(address, ids);
  const marks = sent.slice(3).map(({ timestamp, payload }) => ({
    timestamp,
    hash: hash('sha256', payload).slice(0, 16),
  }));
  const told = again.information('NetStream.Publish.Start')?.[RESUME_NAME];
  expect(told).toBe(isTold ? encodeResume({ marks, from: 'frame' }) : undefined);
});

test('who is believed is read again with the settings', async () => {
  await using upstream = await ScriptedServer.start();
  const streams = pullAll([`rtmp://127.0.0.1:${upstream.port}/{key}`]);
  await using relay = await startRelay({ access, streams });
  await relay.relay.configure(relaySettings.parse({ access: { relays: ['127.0.0.2/32'] }, streams }));
  await using _player = await overRtmp(relay, stranger, 'live/a', ['claimed']);
  const sent = () => upstream.connections[0]?.connectRequest?.commandObject['streampumpPath'];
  await expect.poll(sent).toEqual([expect.any(String), 'claimed']);
});

/** The relays that bring a live stream, as a relay that plays it over HTTP is told. */
async function pathOf(relay: TestRelay, key: string): Promise<string | undefined> {
  await using http = await RawHttp.open(relay.port('http'), friend);
  http.send(`GET /${key}.flv HTTP/1.1\nHost: relay\nStreampump-Path: probe\n\n`);
  await http.heard(/\r\n\r\n/);
  return /streampump-path: (.*)\r\n/i.exec(http.text)?.[1];
}

/** The id of a relay that has this stream and that nobody brings it to. */
async function idOf(relay: TestRelay, key: string): Promise<string> {
  return (await pathOf(relay, key)) ?? '';
}
