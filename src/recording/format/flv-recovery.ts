import {
  FlvTagType,
  flvTagBytes,
  flvTagHeaderBytes,
  previousTagSizeBytes,
} from '../../protocol/flv/flv-tag.ts';
import type { UnfinishedRecordingFile } from '../file/recording-file.ts';
import { FlvFormat } from './flv-format.ts';
import { flvMetadataIn } from './flv-head.ts';
import type { Reread } from './recorded-format.ts';

/** What is read of a file at a time, bytes. */
const PIECE_BYTES = 2 ** 20;

const tagTypes: ReadonlySet<number> = new Set(Object.values(FlvTagType));

/** Reads what a killed writer has left, up to the last tag that is whole. */
export async function rereadFlv({ body, head }: UnfinishedRecordingFile, headBytes: number): Promise<Reread> {
  const format = new FlvFormat(head && flvMetadataIn(head), headBytes);
  let at = 0;
  let pieceBytes = PIECE_BYTES;
  for (;;) {
    const piece = await body.read(at, pieceBytes);
    const taken = takeTags(piece, format);
    at += taken;
    if (taken > 0) pieceBytes = PIECE_BYTES;
    else if (piece.length < pieceBytes) return { format, bodyBytes: at };
    else {
      const size = tagBytesAt(piece, 0);
      if (size === undefined || size <= pieceBytes) return { format, bodyBytes: at };
      pieceBytes = size;
    }
  }
}

/** @returns how many bytes of a piece are whole tags */
function takeTags(piece: Buffer, format: FlvFormat): number {
  let at = 0;
  for (;;) {
    const size = tagBytesAt(piece, at);
    if (size === undefined || at + size > piece.length) return at;
    const type = piece.readUInt8(at) as FlvTagType;
    const timestamp = (piece.readUIntBE(at + 4, 3) | (piece.readUInt8(at + 7) << 24)) >>> 0;
    const end = at + size - previousTagSizeBytes;
    if (piece.readUInt32BE(end) !== size - previousTagSizeBytes) return at;
    format.reread(type, timestamp, piece.subarray(at + flvTagHeaderBytes, end));
    at += size;
  }
}

/** The length of a tag with its PreviousTagSize; undefined where none begins. */
function tagBytesAt(piece: Buffer, at: number): number | undefined {
  if (at + flvTagHeaderBytes > piece.length) return undefined;
  const isTag = tagTypes.has(piece.readUInt8(at)) && piece.readUIntBE(at + 8, 3) === 0;
  return isTag ? flvTagBytes(piece.readUIntBE(at + 1, 3)) : undefined;
}
