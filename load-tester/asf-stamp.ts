import type { AsfPacket } from '../src/protocol/asf/asf-packet.ts';

/** Enough for a stamp, and for everything that may stand before the data of a payload, bytes. */
const MIN_PAYLOAD_BYTES = 300;

/**
 * The payload of a data packet that is stamped, the longest: padding may be cut off, and payloads may be left out where a
 * player begins. Undefined where none has room for a stamp.
 */
export function stampedPayload(bytes: Buffer, { payloads }: AsfPacket): Buffer | undefined {
  const longest = payloads.reduce(
    (best, { at, end }) => (end - at > best.end - best.at ? { at, end } : best),
    {
      at: 0,
      end: 0,
    },
  );
  return longest.end - longest.at < MIN_PAYLOAD_BYTES ? undefined : bytes.subarray(longest.at, longest.end);
}
