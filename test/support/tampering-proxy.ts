import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { ChunkReader } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';

/** What goes to the client in place of a message of the server: messages, or bytes as they are. */
export type Tamper = (message: RawMessage) => readonly (RawMessage | Buffer)[];

/** A server that is a relay but for what a test has planted in it. */
export interface TamperingProxy extends AsyncDisposable {
  readonly port: number;
}

const handshakeAnswerBytes = 1 + 2 * 1536;
const limits = { messageBytes: 2 ** 24 - 1, partialBytes: 2 ** 26, chunkStreams: 64 };

/** Stands between RTMP clients and a server on a port. @param plant - makes the tampering of one connection */
export async function startTamperingProxy(serverPort: number, plant: () => Tamper): Promise<TamperingProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => {}); // 'close' follows
  };
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    keep(client).pipe(keep(server));
    const rewrite = rewriter(plant());
    server.on('data', (bytes: Buffer) => {
      for (const part of rewrite(bytes)) if (client.writable) client.write(part);
    });
    server.on('close', () => client.destroySoon());
    client.on('close', () => server.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Takes what a server sends, gives what goes to the client: the handshake as it is, messages in chunks of 128 bytes. */
function rewriter(tamper: Tamper): (bytes: Buffer) => Buffer[] {
  const queue = new ByteQueue();
  const reader = new ChunkReader(queue, limits);
  let handshakeLeft = handshakeAnswerBytes;
  return (bytes) => {
    const handshake = bytes.subarray(0, handshakeLeft);
    handshakeLeft -= handshake.length;
    queue.push(bytes.subarray(handshake.length));
    const rest = handshakeLeft > 0 ? [] : [...reader.messages()].flatMap((message) => tamper(message));
    return [handshake, ...rest.map((part) => (Buffer.isBuffer(part) ? part : rechunk(part)))];
  };
}

function rechunk({ type, timestamp, messageStreamId, payload }: RawMessage): Buffer {
  return encodeChunks({ type, timestamp, messageStreamId }, payload, 128);
}
