import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { chunk, flvHeader } from './flv-body.ts';
import { RawHttp } from './http-client.ts';
import { RawClient } from './raw-client.ts';
import { RawServer } from './raw-server.ts';
import { ScriptedServer } from './scripted-server.ts';
import { webSocketHead } from './ws-client.ts';

/** The ports of a relay that is flooded. */
export interface FloodedPorts {
  readonly rtmp: number;
  readonly http: number;
}

/** An FLV tag without a payload: audio, with its PreviousTagSize. */
const emptyTag = Buffer.from('08000000000000000000000000000b', 'hex');

const emptyTags = repeat(emptyTag, 500_000);

/** A message of 8 MB that holds half a million messages. */
export const aggregateOfNothing: Buffer = encodeChunks(
  { type: 22, timestamp: 0, messageStreamId: 1 },
  emptyTags,
  0xffffff,
);

/** A video message with as many tracks as there can be, each without a byte. */
const manyTracks = encodeChunks(
  { type: 9, timestamp: 0, messageStreamId: 1 },
  Buffer.concat([
    Buffer.from('9611', 'hex'),
    Buffer.from('avc1'),
    ...Array.from({ length: 256 }, (_, id) => Buffer.from([id, 0, 0, 0])),
  ]),
  0xffffff,
);

/** A command of ten thousand values that nobody asks for. */
const manyValues = encodeChunks(
  { type: 20, timestamp: 0, messageStreamId: 0 },
  Buffer.concat([Buffer.from('02000178000000000000000000', 'hex'), Buffer.alloc(9000, 5)]),
  0xffffff,
);

const setChunkSize = (size: number): Buffer => {
  const message = Buffer.from('02000000000004010000000000000000', 'hex');
  message.writeUInt32BE(size, 12);
  return message;
};

/** A message that has begun, in chunks of one byte: the header of the first, then two bytes a chunk. */
const oneByteChunks: Flood = {
  first: Buffer.concat([setChunkSize(1), Buffer.from('040000007fffff0901000000aa', 'hex')]),
  rest: repeat(Buffer.from('c4aa', 'hex'), 32_768),
};

/** A header of a message without a payload, and then one byte for each of its like. */
const oneByteMessages: Flood = {
  first: Buffer.from('0400000000000009 01000000'.replaceAll(' ', ''), 'hex'),
  rest: Buffer.alloc(65_536, 0xc4),
};

/** What is sent, and then again and again as fast as it is taken. */
interface Flood {
  readonly first?: Buffer;
  readonly rest: Buffer;
}

function repeat(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}

/** Sends until the socket is closed. */
function pour(socket: Socket, { first, rest }: Flood): void {
  if (first !== undefined) socket.write(first);
  const go = (): void => {
    while (socket.writable && socket.write(rest));
  };
  socket.on('drain', go);
  go();
}

/** Publishes over RTMP, so many at once, all of them this. */
export function rtmpPublishers(count: number, flood: Flood) {
  return async (ports: FloodedPorts): Promise<AsyncDisposable> => {
    const stack = new AsyncDisposableStack();
    for (let i = 0; i < count; i++) {
      const client = stack.use(await RawClient.openConnected(ports.rtmp));
      client.commandOn(1, 'publish', 3, null, `flood${i}`, 'live');
      await client.heard('onStatus NetStream.Publish.Start');
      pour(client.socket, flood);
    }
    return stack;
  };
}

/** Sends the head of a request, and this behind it. */
export function httpClients(count: number, head: (i: number) => string, flood: Flood, wait?: RegExp) {
  return async (ports: FloodedPorts): Promise<AsyncDisposable> => {
    const stack = new AsyncDisposableStack();
    for (let i = 0; i < count; i++) {
      const client = stack.use(await RawHttp.open(ports.http));
      client.send(head(i));
      if (wait !== undefined) await client.heard(wait);
      pour(client.socket, flood);
    }
    return stack;
  };
}

/** Answers whoever pulls over HTTP or WebSocket with this. */
function flvServer(answer: (head: string) => string, flood: Flood): () => Promise<FloodServer> {
  return () =>
    RawServer.start((socket, head) => {
      socket.write(answer(head).replaceAll('\n', '\r\n'));
      pour(socket, flood);
    });
}

/** A server that a relay pulls from. */
export interface FloodServer extends AsyncDisposable {
  readonly port: number;
}

function rtmpServer(flood: Flood): () => Promise<FloodServer> {
  return () =>
    ScriptedServer.start({
      onPlay: (connection, { messageStreamId }) => {
        connection.dialogue.startPlay(messageStreamId, 'here it comes');
        pour(connection.socket, flood);
      },
    });
}

const chunkedAnswer = (): string =>
  'HTTP/1.1 200 OK\nContent-Type: video/x-flv\nTransfer-Encoding: chunked\n\n';

const upgradeAnswer = (head: string): string => {
  const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: ${accept}\n\n`;
};

/** A binary WebSocket message as a server sends it. */
function serverMessage(payload: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.set([0x82, 127]);
  header.writeUInt32BE(payload.length, 6);
  return Buffer.concat([header, payload]);
}

const chunked = { first: chunk(flvHeader), pieces: repeat(Buffer.from('1\r\n\x08\r\n'), 10_000) };
const post = (i: number): string =>
  `POST /live/flood${i}.flv HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n`;
const aTagOf1Megabyte = Buffer.from('09100000000000000000001701000000', 'hex');

/** What can be sent to a relay that is much work for few bytes, by those who publish, play or only ask. */
export const floodsToRelay: readonly {
  readonly what: string;
  readonly start: (ports: FloodedPorts) => Promise<AsyncDisposable>;
}[] = [
  {
    what: 'aggregate messages of empty parts',
    start: rtmpPublishers(2, { first: setChunkSize(0xffffff), rest: aggregateOfNothing }),
  },
  { what: 'RTMP chunks of one byte', start: rtmpPublishers(50, oneByteChunks) },
  { what: 'RTMP messages of one byte', start: rtmpPublishers(50, oneByteMessages) },
  {
    what: 'messages of 256 tracks',
    start: rtmpPublishers(10, { first: setChunkSize(0xffffff), rest: repeat(manyTracks, 100) }),
  },
  {
    what: 'commands of thousands of values',
    start: rtmpPublishers(10, { first: setChunkSize(0xffffff), rest: repeat(manyValues, 10) }),
  },
  {
    what: 'HTTP chunks of one byte, of one tag',
    start: httpClients(20, post, {
      first: Buffer.concat([chunked.first, chunk(aTagOf1Megabyte)]),
      rest: chunked.pieces,
    }),
  },
  {
    what: 'empty FLV tags in a large chunk',
    start: httpClients(2, post, { first: chunked.first, rest: chunk(emptyTags) }),
  },
  {
    what: 'a refused body in HTTP chunks of one byte',
    start: httpClients(20, (i) => post(i).replace('Host: x', 'Host: x\nOrigin: http://elsewhere'), {
      rest: chunked.pieces,
    }),
  },
  {
    what: 'pings of a WebSocket player',
    start: httpClients(
      20,
      () => `${webSocketHead('/quiet/film.flv')}\n`,
      { rest: repeat(Buffer.from('898000000000', 'hex'), 10_000) },
      /FLV/,
    ),
  },
  {
    what: 'empty messages of a WebSocket player',
    start: httpClients(
      20,
      () => `${webSocketHead('/quiet/film.flv')}\n`,
      { rest: repeat(Buffer.from('828000000000', 'hex'), 10_000) },
      /FLV/,
    ),
  },
];

/** The same of servers that a relay pulls from, by the scheme of their URL. */
export const floodsFromUpstream: readonly {
  readonly what: string;
  readonly scheme: 'rtmp' | 'http' | 'ws';
  readonly start: () => Promise<FloodServer>;
}[] = [
  {
    what: 'aggregate messages of empty parts',
    scheme: 'rtmp',
    start: rtmpServer({ first: setChunkSize(0xffffff), rest: aggregateOfNothing }),
  },
  { what: 'RTMP chunks of one byte', scheme: 'rtmp', start: rtmpServer(oneByteChunks) },
  {
    what: 'messages of 256 tracks',
    scheme: 'rtmp',
    start: rtmpServer({ first: setChunkSize(0xffffff), rest: repeat(manyTracks, 100) }),
  },
  {
    what: 'HTTP chunks of one byte, of one tag',
    scheme: 'http',
    start: flvServer(chunkedAnswer, {
      first: Buffer.concat([chunked.first, chunk(aTagOf1Megabyte)]),
      rest: chunked.pieces,
    }),
  },
  {
    what: 'empty FLV tags in a large chunk',
    scheme: 'http',
    start: flvServer(chunkedAnswer, { first: chunked.first, rest: chunk(emptyTags) }),
  },
  {
    what: 'empty FLV tags in a large message',
    scheme: 'ws',
    start: flvServer(upgradeAnswer, { first: serverMessage(flvHeader), rest: serverMessage(emptyTags) }),
  },
  {
    what: 'empty messages',
    scheme: 'ws',
    start: flvServer(upgradeAnswer, {
      first: serverMessage(flvHeader),
      rest: repeat(Buffer.from('8200', 'hex'), 30_000),
    }),
  },
  {
    what: 'pings',
    scheme: 'ws',
    start: flvServer(upgradeAnswer, {
      first: serverMessage(flvHeader),
      rest: repeat(Buffer.from('8900', 'hex'), 30_000),
    }),
  },
];
