import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { ChunkReader } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { type MiddleProxy, startMiddleProxy } from './middle-proxy.ts';

/** What goes to the client in place of a message of the server: messages, or bytes as they are. */
export type Tamper = (message: RawMessage) => readonly (RawMessage | Buffer)[];

const handshakeAnswerBytes = 1 + 2 * 1536;
const limits = { messageBytes: 2 ** 24 - 1, partialBytes: 2 ** 26, chunkStreams: 64 };

/** Stands between RTMP clients and a server on a port. @param plant - makes the tampering of one connection */
export function startTamperingProxy(serverPort: number, plant: () => Tamper): Promise<MiddleProxy> {
  return startMiddleProxy(serverPort, (server, client) => {
    const rewrite = rewriter(plant());
    server.on('data', (bytes: Buffer) => {
      for (const part of rewrite(bytes)) if (client.writable) client.write(part);
    });
    server.on('close', () => client.destroySoon());
  });
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
