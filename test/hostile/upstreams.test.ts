import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { encodeFlvNotice } from '../../src/protocol/flv/flv-tag.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import type { ListPart, PullStatus } from '../../src/service/admin/relay-status.ts';
import { type MediaMessage, media, wordFor } from '../support/fake-media.ts';
import { chunk, flvHeader, flvTag } from '../support/flv-body.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawServer } from '../support/raw-server.ts';
import { pullAll } from '../support/relay-process.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { Witness } from '../support/witness.ts';

const script = 'VH1@0 K1@0';

/** Starts a server that sends these messages to whoever connects, and then stays or goes. */
type StartOrigin = (
  messages: readonly MediaMessage[],
  stays: boolean,
  onConnect: () => void,
) => Promise<{ readonly url: string } & AsyncDisposable>;

const rtmpOrigin: StartOrigin = async (messages, stays, onConnect) => {
  const server = await ScriptedServer.start({
    onPlay(connection, { messageStreamId }) {
      onConnect();
      connection.dialogue.startPlay(messageStreamId, 'here it is');
      for (const { type, timestamp, payload } of messages)
        connection.send(encodeChunks({ type, timestamp, messageStreamId }, payload, 65_536));
      if (!stays) connection.socket.end();
    },
  });
  return {
    url: `rtmp://127.0.0.1:${server.port}/{key}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const bodyOf = (messages: readonly MediaMessage[]): Buffer =>
  Buffer.concat([flvHeader, ...messages.map(flvTag)]);

const httpOrigin: StartOrigin = async (messages, stays, onConnect) => {
  const server = await RawServer.start((socket) => {
    onConnect();
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write(chunk(bodyOf(messages)));
    if (!stays) socket.end();
  });
  return {
    url: `http://127.0.0.1:${server.port}/{key}.flv`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

const wsOrigin: StartOrigin = async (messages, stays, onConnect) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (webSocket) => {
    onConnect();
    webSocket.on('error', () => {});
    webSocket.send(bodyOf(messages));
    if (!stays) webSocket.close(1011);
  });
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/{key}.flv`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const origins = [
  { protocol: 'RTMP', start: rtmpOrigin },
  { protocol: 'HTTP', start: httpOrigin },
  { protocol: 'WebSocket', start: wsOrigin },
];

test.concurrent.each(origins)(
  'two servers over $protocol that go after a frame are tried ever more rarely',
  async ({ start }) => {
    const times: number[] = [];
    const { promise: thirdRound, resolve } = Promise.withResolvers<void>();
    const onConnect = (): void => {
      if (times.push(performance.now()) === 5) resolve();
    };
    await using first = await start(media(script), false, onConnect);
    await using second = await start(media(script), false, onConnect);
    await using relay = await startRelay({ streams: pullAll([first.url, second.url]) });
    await using _player = TestPlayer.play(relay.port('rtmp'), 'live/a');
    await thirdRound;
    const [, b = 0, c = 0, d = 0, e = 0] = times;
    expect(c - b).toBeGreaterThan(450);
    expect(e - d).toBeGreaterThan(950);
  },
);

/** A data message that says what only the relay at the other end may say, or what looks like it. */
function forged(name: string, ...values: AmfValue[]): MediaMessage[] {
  const data = (payload: Buffer, type: 15 | 18 = 18): MediaMessage => ({ type, timestamp: 20, payload });
  const plain = encodeAmf0(name, ...values);
  const set = encodeAmf0('@setDataFrame');
  const long = Buffer.concat([Buffer.from([0x0c, 0, 0, 0, name.length]), plain.subarray(3)]);
  const amf3 = Buffer.concat([Buffer.from([0x11, 0x06, 2 * name.length + 1]), plain.subarray(3)]);
  const format = Buffer.from([0]);
  return [
    ...[plain, long, amf3].flatMap((each) => [
      data(each),
      data(Buffer.concat([set, each])),
      data(Buffer.concat([set, set, each])),
      data(Buffer.concat([format, each]), 15),
      data(Buffer.concat([format, set, each]), 15),
    ]),
    data(plain.subarray(0, -1)), // cut off
    data(plain, 15), // without its format
  ];
}

const tooMany = Array.from({ length: 17 }, (_, at) => `forged-${at}`);
const words = [
  ...forged('streampumpPath', tooMany),
  ...forged('streampumpPath', ['forged']),
  ...forged('streampumpPath', 'forged'),
  ...forged('onStatus', amfObject({ code: 'NetStream.Play.UnpublishNotify', description: 'forged' })),
  ...forged(
    'onStatus',
    0,
    null,
    amfObject({ code: 'NetStream.Play.PathNotify', streampumpPath: ['forged'] }),
  ),
  ...forged('|RtmpSampleAccess', false, 'forged'),
];

type Publish = (relay: TestRelay, ...parts: readonly (readonly MediaMessage[])[]) => Promise<AsyncDisposable>;

const overRtmp: Publish = async (relay, ...parts) => {
  const client = await RawClient.openConnected(relay.port('rtmp'));
  client.commandOn(1, 'publish', 3, null, 'a', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  for (const { type, timestamp, payload } of parts.flat()) client.message(type, payload, 1, timestamp);
  return client;
};

const inAggregates: Publish = async (relay, ...parts) => {
  const client = await RawClient.openConnected(relay.port('rtmp'));
  client.commandOn(1, 'publish', 3, null, 'a', 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  for (const messages of parts)
    client.message(22, Buffer.concat(messages.map(flvTag)), 1, messages[0]?.timestamp);
  return client;
};

const overHttp: Publish = async (relay, ...parts) => {
  const http = await RawHttp.open(relay.port('http'));
  http.send('PUT /live/a.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
  const scriptsToo = parts.flat().filter(({ type }) => type !== 15); // FLV has no tag for that
  const notices = words.map(({ payload }) => encodeFlvNotice(payload));
  http.send(chunk(Buffer.concat([flvHeader, ...notices, ...scriptsToo.map(flvTag)])));
  return http;
};

/** All that a player was sent up to the second inter frame. */
async function seenBy(player: TestPlayer): Promise<string> {
  await player.waitFor((message) => wordFor(message).startsWith('P3'));
  return player.messages.map(({ payload }) => payload.toString('latin1')).join('\n');
}

async function upstreamOf(relay: TestRelay): Promise<PullStatus | undefined> {
  const { items } = (await (await fetch(relay.adminUrl('/api/v1/upstreams'))).json()) as ListPart<PullStatus>;
  return items[0];
}

const hops: readonly { readonly hop: string; readonly urlOf: (parent: TestRelay) => string }[] = [
  { hop: 'RTMP', urlOf: (parent) => parent.rtmpUrl('{key}') },
  { hop: 'HTTP', urlOf: (parent) => parent.flvUrl('{key}') },
  { hop: 'WebSocket', urlOf: (parent) => parent.wsUrl('{key}') },
];

describe.concurrent('what a publisher says in the name of the relay', () => {
  const publishers = [
    { publishes: 'RTMP', publish: overRtmp },
    { publishes: 'RTMP aggregates', publish: inAggregates },
    { publishes: 'HTTP', publish: overHttp },
  ];
  const ways = publishers.flatMap((way) => hops.map((hop) => ({ ...way, ...hop })));

  test.each(ways)('over $publishes reaches no player and no relay over $hop', async ({ publish, urlOf }) => {
    await using parent = await startRelay();
    await using witness = await Witness.start(parent);
    await using child = await startRelay({ streams: pullAll([urlOf(parent), urlOf(parent)]) });
    await using near = TestPlayer.play(parent.port('rtmp'), 'live/a');
    await using far = TestPlayer.play(child.port('rtmp'), 'live/a');
    await using _publisher = await publish(parent, media(script), words, media('P2@40 P3@80'));
    await using late = TestPlayer.play(parent.port('rtmp'), 'live/a');
    for (const player of [near, far, late]) expect(await seenBy(player)).not.toContain('forged');
    expect(await upstreamOf(child)).toMatchObject({
      state: 'flowing',
      reconnects: 0,
      path: [expect.any(String)],
    });
    await witness.expectUndisturbed();
  });

  test('reaches no player of another worker', async () => {
    await using relay = await TestCluster.start();
    await using player = await relay.play(1, 'live/a');
    await using publisher = await relay.publish(0, 'live/a');
    publisher.sendMedia(...media(script), ...words, ...media('P2@40 P3@80'));
    expect(await seenBy(player)).not.toContain('forged');
  });
});

test.concurrent.each(origins)(
  'what a foreign server over $protocol passes on of it is neither believed nor forwarded',
  async ({ start }) => {
    let connects = 0;
    const sent = [...media(script), ...words.filter(({ type }) => type !== 15), ...media('P2@40 P3@80')];
    await using origin = await start(sent, true, () => connects++);
    await using relay = await startRelay({ streams: pullAll([origin.url]) });
    await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
    expect(await seenBy(player)).not.toContain('forged');
    expect([connects, (await upstreamOf(relay))?.path]).toEqual([1, []]);
  },
);
