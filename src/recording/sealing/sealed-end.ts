import { ENDING_ID_BYTES, MAX_PLAIN_BYTES, RECORD_OVERHEAD } from './sealed-record.ts';

/** The last record of a file, by which all others are found. */
export interface SealedEnd {
  /** Of the records of the ending. */
  readonly endingId: Buffer;
  /** Plain bytes of the head that the file was begun with, at most {@link MAX_HEAD_BYTES}. */
  readonly begunBytes: number;
  /** Records of the body, at most {@link MAX_BODY_RECORDS}. */
  readonly bodyRecords: number;
  /** Plain bytes of the body. They may end within its last record. */
  readonly bodyBytes: number;
  /** At most {@link MAX_HEAD_BYTES}. */
  readonly headBytes: number;
  /** Of the one record of facts, 1 to {@link MAX_PLAIN_BYTES}. */
  readonly factsBytes: number;
}

/** It is found by its kind, as the last one; its place is sure by the lengths of all others. */
export const END_NUMBER = 0xffffffff;
const END_BYTES = ENDING_ID_BYTES + 4 + 4 + 8 + 4 + 4;
export const END_RECORD_BYTES: number = END_BYTES + RECORD_OVERHEAD;

/** For so many, four a second for 12 days or 256 GiB of full ones, a reader needs 32 MiB. */
export const MAX_BODY_RECORDS: number = 2 ** 22;
export const MAX_HEAD_BYTES: number = 16 * 2 ** 20;

/** Of the table: the plain bytes of a record less 1. */
export const TABLE_ENTRY_BYTES = 2;

export function encodeEnd(end: SealedEnd): Buffer {
  const counts = Buffer.allocUnsafe(END_BYTES - ENDING_ID_BYTES);
  counts.writeUInt32BE(end.begunBytes, 0);
  counts.writeUInt32BE(end.bodyRecords, 4);
  counts.writeBigUInt64BE(BigInt(end.bodyBytes), 8);
  counts.writeUInt32BE(end.headBytes, 16);
  counts.writeUInt32BE(end.factsBytes, 20);
  return Buffer.concat([end.endingId, counts]);
}

/** @returns undefined where it says what no writer would */
export function decodeEnd(plain: Buffer): SealedEnd | undefined {
  if (plain.length !== END_BYTES) return undefined;
  const counts = plain.subarray(ENDING_ID_BYTES);
  const end: SealedEnd = {
    endingId: plain.subarray(0, ENDING_ID_BYTES),
    begunBytes: counts.readUInt32BE(0),
    bodyRecords: counts.readUInt32BE(4),
    bodyBytes: Number(counts.readBigUInt64BE(8)),
    headBytes: counts.readUInt32BE(16),
    factsBytes: counts.readUInt32BE(20),
  };
  const isPossible =
    end.begunBytes <= MAX_HEAD_BYTES &&
    end.bodyRecords <= MAX_BODY_RECORDS &&
    end.bodyBytes <= end.bodyRecords * MAX_PLAIN_BYTES &&
    end.headBytes <= MAX_HEAD_BYTES &&
    end.factsBytes > 0 &&
    end.factsBytes <= MAX_PLAIN_BYTES;
  return isPossible ? end : undefined;
}

/** The lengths of records that hold so many bytes, all but the last of them full. */
export function fullRecords(bytes: number): readonly number[] {
  return Array.from({ length: Math.ceil(bytes / MAX_PLAIN_BYTES) }, (_, at) =>
    Math.min(MAX_PLAIN_BYTES, bytes - at * MAX_PLAIN_BYTES),
  );
}

/** What records take in a file. @param lengths - of their plain bytes */
export function sealedBytes(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length + RECORD_OVERHEAD, 0);
}
