/**
 * A sealed file, which only ever grows: a header of {@link HEADER_BYTES} bytes (magic and version, file id), and records one behind the
 * other, numbered from 0. A record is the length of its plain bytes (uint32, big-endian), a nonce, the bytes encrypted by AES-256-GCM with
 * the key of the file, and the tag. First come those of the head that the file is begun with, which is there for who has to finish it in
 * place of its writer; then those of the body, written as it is recorded; then the ending: the head, the table, the facts and the end, which
 * is always of the same length. A file that does not end with its end is not whole.
 *
 * Each nonce is random. A key is for one file, whose records are by far fewer than the 2^32 for which that is safe.
 * @see NIST SP 800-38D section 8.3
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Magic and version, all of them printable: `file` and people see what it is. */
const MAGIC = Buffer.from('SPSEAL01');

export const FILE_ID_BYTES = 16;
export const HEADER_BYTES: number = MAGIC.length + FILE_ID_BYTES;
export const DATA_KEY_BYTES = 32;

/** The most plain bytes of a record. */
export const MAX_PLAIN_BYTES: number = 64 * 2 ** 10;

const LENGTH_BYTES = 4;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a record takes besides its plain bytes. */
export const RECORD_OVERHEAD: number = LENGTH_BYTES + NONCE_BYTES + TAG_BYTES;

const CIPHER = 'aes-256-gcm';

/** What a record is for; one of a kind is never taken for one of another. */
export const RecordKind = { begun: 1, body: 2, head: 3, table: 4, facts: 5, end: 6 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Where a record belongs: nowhere else does it authenticate. */
export interface RecordPlace {
  /** {@link FILE_ID_BYTES} bytes. */
  readonly fileId: Buffer;
  readonly kind: RecordKind;
  /** Which record of the file it is. */
  readonly number: number;
  /**
   * Of head, table and facts: {@link ENDING_ID_BYTES} random bytes that the end names. A file that was cut while it was finished gets
   * another ending, and nothing of the first one is taken for a part of it. Of the others none.
   */
  readonly endingId?: Buffer;
}

export const ENDING_ID_BYTES = 16;
const noEnding = Buffer.alloc(ENDING_ID_BYTES);

/** The header of a file. */
export function encodeHeader(fileId: Buffer): Buffer {
  return Buffer.concat([MAGIC, fileId]);
}

/** @param bytes - at the front of a file @returns the file's id; undefined where they are no header of this version */
export function decodeHeader(bytes: Buffer): Buffer | undefined {
  const isHeader = bytes.length >= HEADER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
  return isHeader ? bytes.subarray(MAGIC.length, HEADER_BYTES) : undefined;
}

/** Seals a record. @param plain - 1 to {@link MAX_PLAIN_BYTES} bytes */
export function sealRecord(key: Buffer, place: RecordPlace, plain: Buffer): readonly Buffer[] {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(plain.length);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([boundTo(place), length]));
  const sealed = cipher.update(plain);
  cipher.final();
  return [length, nonce, sealed, cipher.getAuthTag()];
}

/** @param record - all of its bytes @returns the plain bytes; undefined where it is not what was sealed for this place */
export function openRecord(key: Buffer, place: RecordPlace, record: Buffer): Buffer | undefined {
  const length = record.subarray(0, LENGTH_BYTES);
  const sealed = record.subarray(LENGTH_BYTES + NONCE_BYTES, -TAG_BYTES);
  if (record.length < RECORD_OVERHEAD || length.readUInt32BE() !== sealed.length) return undefined;
  const nonce = record.subarray(LENGTH_BYTES, LENGTH_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([boundTo(place), length]));
  decipher.setAuthTag(record.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed);
  try {
    decipher.final();
  } catch {
    return undefined; // what it says of why is the same for whatever was changed
  }
  return plain;
}

/** Of the record that begins with these bytes; undefined where no record begins so. @param bytes - at least 4 */
export function plainLength(bytes: Buffer): number | undefined {
  const length = bytes.readUInt32BE();
  return length > 0 && length <= MAX_PLAIN_BYTES ? length : undefined;
}

/** How many bytes of a record have to be there for {@link plainLength}. */
export { LENGTH_BYTES as RECORD_LENGTH_BYTES };

function boundTo({ fileId, kind, number, endingId = noEnding }: RecordPlace): Buffer {
  const at = Buffer.allocUnsafe(5);
  at.writeUInt8(kind);
  at.writeUInt32BE(number, 1);
  return Buffer.concat([fileId, endingId, at]);
}
