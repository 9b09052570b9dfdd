import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';

interface LastHeader {
  timestamp: number;
  delta: number;
  extended: number | undefined;
  length: number;
  type: number;
  messageStreamId: number;
}

/** What a recording of a chunk stream does not say of itself. */
export interface ChunkHabits {
  /** Whether type 3 chunks carry the extended timestamp again, as the specification has it. */
  readonly repeatsExtended: boolean;
}

/**
 * Reads a whole recording of well-formed chunks the slow and obvious way, byte by byte and without limits: what other readers
 * and writers are measured by. Hands out Set Chunk Size and Abort too; an incomplete chunk at the end is an error.
 * @see RTMP 1.0 section 5.3.1
 */
export function readChunksSlowly(
  wire: Uint8Array,
  habits: ChunkHabits = { repeatsExtended: true },
): RawMessage[] {
  const messages: RawMessage[] = [];
  const headers = new Map<number, LastHeader>();
  const partials = new Map<number, number[]>();
  let chunkSize = 128;
  let at = 0;

  const byte = (): number => {
    const value = wire[at++];
    if (value === undefined) throw new Error(`the recording ends within a chunk, at byte ${at - 1}`);
    return value;
  };
  const bigEndian = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + byte();
    return value;
  };
  const littleEndian4 = (): number => byte() + byte() * 256 + byte() * 65_536 + byte() * 16_777_216;

  while (at < wire.length) {
    const first = byte();
    const format = Math.floor(first / 64);
    let chunkStreamId = first % 64;
    if (chunkStreamId === 0) chunkStreamId = 64 + byte();
    else if (chunkStreamId === 1) chunkStreamId = 64 + byte() + byte() * 256;

    const last = headers.get(chunkStreamId);
    if (last === undefined && format > 1) throw new Error(`chunk stream ${chunkStreamId} has no header`);
    const header: LastHeader = last ?? {
      timestamp: 0,
      delta: 0,
      extended: undefined,
      length: 0,
      type: 0,
      messageStreamId: 0,
    };
    headers.set(chunkStreamId, header);

    if (format < 3) {
      partials.delete(chunkStreamId);
      let time = bigEndian(3);
      if (format < 2) {
        header.length = bigEndian(3);
        header.type = byte();
      }
      if (format === 0) header.messageStreamId = littleEndian4();
      header.extended = time === 0xffffff ? bigEndian(4) : undefined;
      time = header.extended ?? time;
      header.timestamp = format === 0 ? time : (header.timestamp + time) % 2 ** 32;
      header.delta = time;
    } else {
      if (!partials.has(chunkStreamId)) header.timestamp = (header.timestamp + header.delta) % 2 ** 32;
      if (header.extended !== undefined && habits.repeatsExtended) bigEndian(4);
    }

    const partial = partials.get(chunkStreamId) ?? [];
    partials.set(chunkStreamId, partial);
    for (let i = 0; i < chunkSize && partial.length < header.length; i++) partial.push(byte());
    if (partial.length < header.length) continue;

    partials.delete(chunkStreamId);
    const { type, timestamp, messageStreamId } = header;
    const payload = Buffer.from(partial);
    messages.push({ type, timestamp, messageStreamId, payload });
    if (type === 1) chunkSize = Math.min(payload.readUInt32BE(0), 0xffffff);
    if (type === 2) partials.delete(payload.readUInt32BE(0));
  }
  return messages;
}
