import { ProtocolError } from '../../../errors.ts';
import type { RawMessage } from './message.ts';

const PART_HEADER_SIZE = 11;
const BACK_POINTER_SIZE = 4;

/**
 * Splits an aggregate message into its parts, laid out as FLV tags: 11 bytes of header, the payload, a back pointer.
 * The first part happens at the aggregate's own time, the others as much later as their timestamps are apart.
 * @throws ProtocolError `RTMP_PAYLOAD_TRUNCATED` when a part is longer than what is left; a missing last back pointer is accepted.
 * @see RTMP 1.0 section 7.1.6
 */
export function* splitAggregate(aggregate: RawMessage): Generator<RawMessage> {
  const { payload, messageStreamId } = aggregate;
  let offset: number | undefined;
  for (let at = 0; at < payload.length; ) {
    if (at + PART_HEADER_SIZE > payload.length) throw truncated(at);
    const type = payload.readUInt8(at);
    const size = payload.readUIntBE(at + 1, 3);
    const time = payload.readUIntBE(at + 4, 3) | (payload.readUInt8(at + 7) << 24);
    const end = at + PART_HEADER_SIZE + size;
    if (end > payload.length) throw truncated(at);
    offset ??= aggregate.timestamp - time;
    yield {
      type,
      timestamp: (time + offset) >>> 0,
      messageStreamId,
      payload: payload.subarray(at + PART_HEADER_SIZE, end),
    };
    at = end + BACK_POINTER_SIZE;
  }
}

function truncated(at: number): ProtocolError {
  return new ProtocolError('RTMP_PAYLOAD_TRUNCATED', `aggregate message cut in the part at byte ${at}`);
}
