/** Script commands: a stream of texts beside audio and video, as Windows Media encoders send captions and addresses. */
import type { AsfFilm } from './asf-film.ts';
import { packetBytesOf, sendTimeOf } from './asf-film.ts';

const streamPropertiesId = '9107dcb7b7a9cf118ee600c00c205365';
const commandMediaId = 'c0cfda59e659d011a3ac00a0c90348f6';
const noErrorCorrectionId = '0057fb20555bcf11a8fd00805f5c442b';

/** Number of the stream that is added. */
export const commandStream = 9;

/** The film with a command in a packet of its own in front of every `every`-th packet. */
export function withScriptCommands({ header, packets }: AsfFilm, every = 20): AsfFilm {
  const size = packetBytesOf(header);
  const withCommands = packets.flatMap((packet, index) =>
    index % every === 0 ? [commandPacket(size, sendTimeOf(packet), `caption ${index}`), packet] : [packet],
  );
  return { header: withCommandStream(header), packets: withCommands };
}

/** Adds a Stream Properties Object at the end of the Header Object. @see ASF 01.20.05 sections 3.3 and 9.3 */
function withCommandStream(header: Buffer): Buffer {
  const objectBytes = Number(header.readBigUInt64LE(16));
  const stream = Buffer.alloc(78);
  stream.write(streamPropertiesId, 'hex');
  stream.writeBigUInt64LE(78n, 16);
  stream.write(commandMediaId, 24, 'hex');
  stream.write(noErrorCorrectionId, 40, 'hex');
  stream.writeUInt16LE(commandStream, 72);
  const [object, data] = [Buffer.from(header.subarray(0, objectBytes)), header.subarray(objectBytes)];
  object.writeBigUInt64LE(BigInt(objectBytes + stream.length), 16);
  object.writeUInt32LE(object.readUInt32LE(24) + 1, 24);
  return Buffer.concat([object, stream, data]);
}

/** A data packet with one payload. @see ASF 01.20.05 sections 5.2 and 9.3 */
function commandPacket(size: number, timeMs: number, text: string): Buffer {
  const command = Buffer.from(`TEXT\0${text}\0`, 'utf16le');
  const packet = Buffer.alloc(size);
  let at = packet.writeUIntBE(0x82_00_00, 0, 3); // error correction data
  at = packet.writeUIntLE(0x5d_10, at, 2); // padding length of 2 bytes; the usual property flags
  const paddingAt = at;
  at = packet.writeUInt32LE(timeMs, at + 2);
  at = packet.writeUInt16LE(0, at); // duration
  at = packet.writeUIntLE(commandStream | 0x80, at, 1);
  at = packet.writeUInt8(0, at); // media object number
  at = packet.writeUInt32LE(0, at); // offset into media object
  at = packet.writeUInt8(8, at); // replicated data
  at = packet.writeUInt32LE(command.length, at);
  at = packet.writeUInt32LE(timeMs, at);
  at += command.copy(packet, at);
  packet.writeUInt16LE(size - at, paddingAt);
  return packet;
}
