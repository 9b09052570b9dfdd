import { createHash } from 'node:crypto';
import { AsfGuid, type AsfObject, expectBytes, guidAt, guidBytes, headerFault } from './asf-object.ts';

/** What a stream of an ASF header is. */
export type AsfStreamType = 'audio' | 'video' | 'command' | 'other';

/** One stream of an ASF header. */
export interface AsfStream {
  /** 1 to 127. */
  readonly number: number;
  readonly type: AsfStreamType;
  /** A FourCC, such as `WMV2`, or the name of a format tag, such as `wmav2`; a number where neither is known, empty where there is none. */
  readonly codec: string;
  /** A digest of what decoders go by, which may be most of a header: two streams with the same are decoded alike. */
  readonly properties: Buffer;
}

const types: Readonly<Record<string, AsfStreamType>> = {
  [AsfGuid.audioMedia]: 'audio',
  [AsfGuid.videoMedia]: 'video',
  [AsfGuid.commandMedia]: 'command',
};

/** Format tags by the names that ffmpeg has for their codecs. @see RFC 2361 */
const formatTags: Readonly<Record<number, string>> = {
  1: 'pcm',
  10: 'wmavoice',
  80: 'mp2',
  85: 'mp3',
  255: 'aac',
  352: 'wmav1',
  353: 'wmav2',
  354: 'wmapro',
  355: 'wmalossless',
  8192: 'ac3',
};

/** Where the fields of a Stream Properties Object stand in it. @see ASF 01.20.05 section 3.3 */
const Field = { typeGuid: 24, timeOffset: 56, typeBytes: 64, correctionBytes: 68, flags: 72, typeData: 78 };

/** Where a video stream's BITMAPINFOHEADER has its FourCC, in the type-specific data. @see ASF 01.20.05 section 9.2 */
const fourCcAt = 27;

/** Reads a Stream Properties Object. @throws ProtocolError `ASF_HEADER_INVALID` */
export function readAsfStream(bytes: Buffer, { at, end }: AsfObject): AsfStream {
  expectBytes(bytes, at, Field.typeData, end);
  const flags = bytes.readUInt16LE(at + Field.flags);
  const number = flags & 0x7f;
  if (number === 0) throw headerFault('a stream with the number 0', at + Field.flags);
  const typeBytes = bytes.readUInt32LE(at + Field.typeBytes);
  const correctionBytes = bytes.readUInt32LE(at + Field.correctionBytes);
  const dataAt = at + Field.typeData;
  expectBytes(bytes, dataAt, typeBytes + correctionBytes, end);
  const type = types[guidAt(bytes, at + Field.typeGuid)] ?? 'other';
  const properties = createHash('sha256')
    .update(bytes.subarray(at + Field.typeGuid, at + Field.typeGuid + 2 * guidBytes)) // of the type and of its error correction
    .update(bytes.subarray(at + Field.typeBytes, at + Field.flags))
    .update(Buffer.of(flags >> 15)) // encrypted
    .update(bytes.subarray(dataAt, dataAt + typeBytes + correctionBytes))
    .digest();
  return { number, type, codec: codecOf(type, bytes.subarray(dataAt, dataAt + typeBytes)), properties };
}

function codecOf(type: AsfStreamType, data: Buffer): string {
  if (type === 'audio' && data.length >= 2) {
    const tag = data.readUInt16LE(0);
    return formatTags[tag] ?? `0x${tag.toString(16).padStart(4, '0')}`;
  }
  if (type !== 'video' || data.length < fourCcAt + 4) return '';
  const fourCc = data.toString('latin1', fourCcAt, fourCcAt + 4);
  return /^\w[\w. ]{3}$/.test(fourCc) ? fourCc.trim() : `0x${data.toString('hex', fourCcAt, fourCcAt + 4)}`;
}
