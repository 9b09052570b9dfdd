import { ownBytes } from '../../../bytes/own-bytes.ts';
import { ProtocolError } from '../../../errors.ts';
import type { RawMessage } from './message.ts';

const PART_HEADER_SIZE = 11;
const BACK_POINTER_SIZE = 4;

/**
 * The parts of an aggregate message one by one, laid out as FLV tags: 11 bytes of header, the payload, a back pointer.
 * The first part happens at the aggregate's own time, the others as much later as their timestamps are apart.
 * @see RTMP 1.0 section 7.1.6
 */
export class AggregateReader {
  #aggregate: RawMessage;
  #at = 0;
  /** What is added to the parts' timestamps; undefined before the first. */
  #offset: number | undefined;

  constructor(aggregate: RawMessage) {
    this.#aggregate = aggregate;
  }

  /** Bytes that it keeps in memory until its last part is read. */
  get keptBytes(): number {
    return this.#aggregate.payload.length;
  }

  /** Copies the aggregate if it is a view of received bytes. */
  keep(): void {
    const { payload } = this.#aggregate;
    if (payload.buffer.byteLength > payload.length)
      this.#aggregate = { ...this.#aggregate, payload: ownBytes(payload) };
  }

  /**
   * The next part, a view of the aggregate; undefined behind the last.
   * @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` when a part is longer than what is left; a missing last back pointer is accepted.
   */
  read(): RawMessage | undefined {
    const { payload, messageStreamId, timestamp } = this.#aggregate;
    const at = this.#at;
    if (at >= payload.length) return undefined;
    if (at + PART_HEADER_SIZE > payload.length) throw truncated(at);
    const type = payload.readUInt8(at);
    const size = payload.readUIntBE(at + 1, 3);
    const time = payload.readUIntBE(at + 4, 3) | (payload.readUInt8(at + 7) << 24);
    const end = at + PART_HEADER_SIZE + size;
    if (end > payload.length) throw truncated(at);
    this.#offset ??= timestamp - time;
    this.#at = end + BACK_POINTER_SIZE;
    return {
      type,
      timestamp: (time + this.#offset) >>> 0,
      messageStreamId,
      payload: payload.subarray(at + PART_HEADER_SIZE, end),
    };
  }
}

function truncated(at: number): ProtocolError {
  return new ProtocolError('RTMP_PAYLOAD_TRUNCATED', `aggregate message cut in the part at byte ${at}`);
}
