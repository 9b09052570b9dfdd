import { encodeFlvFileHeader, type FlvTagType, writeFlvTagHeader } from '../../src/protocol/flv/flv-tag.ts';
import { type MediaMessage, media } from './fake-media.ts';

/** What an FLV stream begins with. */
export const flvHeader: Buffer = encodeFlvFileHeader({ audio: true, video: true });

/** The tags of a script of {@link media}. */
export function flvBody(script: string): Buffer {
  return Buffer.concat(media(script).map(flvTag));
}

/** One tag with its PreviousTagSize. */
export function flvTag({ type, timestamp, payload }: MediaMessage): Buffer {
  const header = Buffer.alloc(11);
  writeFlvTagHeader(header, 0, type as FlvTagType, timestamp, payload.length);
  const previousTagSize = Buffer.alloc(4);
  previousTagSize.writeUInt32BE(11 + payload.length);
  return Buffer.concat([header, payload, previousTagSize]);
}

/** A chunk of the chunked coding. */
export function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
