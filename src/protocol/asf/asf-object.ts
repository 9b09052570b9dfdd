import { ProtocolError } from '../../errors.ts';

/**
 * The objects of an ASF header: a GUID, the size of the whole object (uint64, little-endian as everything in ASF), then its
 * fields. A GUID stands here as its 16 bytes on the wire, in hex.
 * @see ASF 01.20.05 sections 2.1 and 10
 */
export const AsfGuid = {
  header: '3026b2758e66cf11a6d900aa0062ce6c',
  data: '3626b2758e66cf11a6d900aa0062ce6c',
  fileProperties: 'a1dcab8c47a9cf118ee400c00c205365',
  streamProperties: '9107dcb7b7a9cf118ee600c00c205365',
  headerExtension: 'b503bf5f2ea9cf118ee300c00c205365',
  extendedStreamProperties: 'cba5e61472c632438399a96952065b5a',
  audioMedia: '409e69f84d5bcf11a8fd00805f5c442b',
  videoMedia: 'c0ef19bc4d5bcf11a8fd00805f5c442b',
  commandMedia: 'c0cfda59e659d011a3ac00a0c90348f6',
} as const;

/** The objects that may stand behind the Data Object. @see ASF 01.20.05 section 6 */
export const indexGuids: ReadonlySet<string> = new Set([
  '90080033b1e5cf1189f400a0c90349cb', // Simple Index
  'd329e2d6da35d111903400a0c90349be', // Index
  'f803b1fead12644c840f2a1d2f7ad48c', // Media Object Index
  'd03fb73c4a0c0348953dedf7b6228f0c', // Timecode Index
]);

/** Bytes of a GUID. */
export const guidBytes = 16;
/** Bytes of an object before its fields. */
export const objectHeaderBytes: number = guidBytes + 8;

/** One object: where it stands in the bytes that it was read from. */
export interface AsfObject {
  /** Its GUID, as in {@link AsfGuid}. */
  readonly guid: string;
  readonly at: number;
  readonly end: number;
}

/** The GUID at a place, which must be there. */
export function guidAt(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + guidBytes);
}

/** An uint64, rounded where it is above 2^53: all that is compared with it is far below. */
export function uint64At(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}

/**
 * The objects that fill a part of a header one behind the other.
 * @throws ProtocolError `ASF_HEADER_INVALID` when one does not fit
 */
export function* asfObjects(bytes: Buffer, start: number, end: number): Generator<AsfObject> {
  for (let at = start; at < end; ) {
    expectBytes(bytes, at, objectHeaderBytes, end);
    const size = uint64At(bytes, at + guidBytes);
    if (size < objectHeaderBytes || size > end - at)
      throw headerFault(`an object of ${size} bytes, where ${end - at} are`, at);
    yield { guid: guidAt(bytes, at), at, end: at + size };
    at += size;
  }
}

/** @throws ProtocolError `ASF_HEADER_INVALID` unless so many bytes stand at a place, before `end` */
export function expectBytes(bytes: Buffer, at: number, size: number, end: number = bytes.length): void {
  if (size > end - at) throw headerFault(`${size} bytes expected, ${Math.max(0, end - at)} are there`, at);
}

/** What is wrong with a header. @param at - where, in bytes from its beginning */
export function headerFault(problem: string, at: number): ProtocolError {
  return new ProtocolError('ASF_HEADER_INVALID', `${problem}, at byte ${at} of the ASF header`);
}
