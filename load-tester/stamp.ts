/**
 * The stamp that a measuring publisher puts over the last 16 bytes of every coded message, or of the longest payload of every
 * data packet of ASF, so that a player on the same machine can tell what is missing and how long it took: `FNL2`, a sequence
 * number (uint32) and the time of sending in nanoseconds of CLOCK_MONOTONIC (uint64), big-endian. The picture is spoilt by
 * it: for measuring, not for watching.
 */

const MARK = 0x464e4c32; // FNL2
const STAMP_BYTES = 16;
/** Shorter messages have too little beside their headers to be stamped. */
const MIN_MESSAGE_BYTES = 25;

/** What a stamp says. */
export interface Stamp {
  /** Of all stamped messages of a publication, uint32, wraps. */
  readonly sequence: number;
  /** When the message was sent, on the clock of `monotonicMs`. */
  readonly sentAtMs: number;
}

/** Whether a message is long enough for a stamp. */
export function mayBeStamped(payload: Buffer): boolean {
  return payload.length >= MIN_MESSAGE_BYTES;
}

/** The stamp of a message, or undefined where there is none. */
export function readStamp(payload: Buffer): Stamp | undefined {
  const at = payload.length - STAMP_BYTES;
  if (!mayBeStamped(payload) || payload.readUInt32BE(at) !== MARK) return undefined;
  // a double holds the nanoseconds of a hundred days exactly, those of three years to the microsecond
  const sentAtNs = payload.readUInt32BE(at + 8) * 2 ** 32 + payload.readUInt32BE(at + 12);
  return { sequence: payload.readUInt32BE(at + 4), sentAtMs: sentAtNs / 1e6 };
}

/** Writes a stamp over the end of a message, which must be long enough. @param sentAtNs - as `process.hrtime.bigint()` gives it */
export function writeStamp(payload: Buffer, sequence: number, sentAtNs: bigint): void {
  const at = payload.length - STAMP_BYTES;
  payload.writeUInt32BE(MARK, at);
  payload.writeUInt32BE(sequence >>> 0, at + 4);
  payload.writeBigUInt64BE(sentAtNs, at + 8);
}
