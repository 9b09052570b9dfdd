/** What parsers read, taken out of captures of whole connections. */
import { ByteQueue } from '../../../src/bytes/byte-queue.ts';
import { ChunkReader } from '../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import type { RawMessage } from '../../../src/protocol/rtmp/message/message.ts';
import { captures } from '../engine/corpus.ts';

/** C0, C1 and C2, or S0, S1 and S2. */
const HANDSHAKE_BYTES = 1 + 2 * 1536;

/** The captures of RTMP in one direction, without what comes before the chunks. */
export function rtmpChunks(direction: 'to-server' | 'to-client'): Buffer[] {
  return captures(direction, 'rtmp-').map(({ bytes }) => bytes.subarray(HANDSHAKE_BYTES));
}

/** The messages in all captures of RTMP, some of each type, direction and client. */
export function rtmpMessages(): RawMessage[] {
  return [...rtmpChunks('to-server'), ...rtmpChunks('to-client')].flatMap((chunks) => {
    const queue = new ByteQueue();
    queue.push(chunks);
    const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };
    const messages = [...new ChunkReader(queue, limits).messages()];
    return [...Map.groupBy(messages, ({ type }) => type).values()].flatMap((same) => same.slice(0, 6));
  });
}

/** What captures have behind the head of a request or answer of HTTP. */
export function bodies(direction: 'to-server' | 'to-client', ...starts: readonly string[]): Buffer[] {
  return captures(direction, ...starts)
    .map(({ bytes }) => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))
    .filter(({ length }) => length > 0);
}

/** Such bodies of which all chunks of the chunked coding are put together; others as they are. */
export function plainBodies(direction: 'to-server' | 'to-client', ...starts: readonly string[]): Buffer[] {
  return bodies(direction, ...starts).map((body) =>
    /^[\da-f]{1,6}\r\n/i.test(body.toString('latin1', 0, 8)) ? unchunked(body) : body,
  );
}

function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (lineEnd === -1 || !(size > 0)) break;
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return Buffer.concat(parts);
}

/** Frames of a WebSocket, and beginnings of some, with lengths that are none or too large. */
export const webSocketTokens: readonly Buffer[] = [
  '8200',
  '8880',
  '880203e8',
  '8900',
  '8a00',
  '827f0000000000010000',
  '827effff',
  '0201',
  '8001',
  '82ff',
  '81',
].map((hex) => Buffer.from(hex, 'hex'));

/** What JSON is made of, and what is special to its readers. */
export const jsonTokens: readonly string[] = [
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  'null',
  '1e999',
  '"__proto__":',
  '[[[[[[[[',
];
