import { ProtocolError } from '../errors.ts';
import { readAmf0String } from '../protocol/amf/amf0.ts';
import { fullAsfPacket } from '../protocol/asf/asf-rewriting.ts';
import { encodeFlvFileHeader, encodeFlvTag, FlvTagType } from '../protocol/flv/flv-tag.ts';
import { MessageType } from '../protocol/rtmp/message/message.ts';
import type { MediaPiece } from './record.ts';

/** What a file of these pieces is. */
export type MediaFileFormat = 'flv' | 'asf';

/** What a piece is written to. */
export function fileFormatOf(piece: MediaPiece): MediaFileFormat {
  return piece.is === 'flv' ? 'flv' : 'asf';
}

/** What a file begins with, before the first piece. */
export function fileBeginning(format: MediaFileFormat): Buffer {
  return format === 'flv' ? encodeFlvFileHeader({ audio: true, video: true }) : Buffer.alloc(0);
}

/** A piece as it stands in a file; undefined where it has no place there. */
export function inFile(piece: MediaPiece): Buffer | undefined {
  if (piece.is === 'flv') return tagOf(piece);
  if (piece.is === 'asf-header') return Buffer.from(piece.bytes);
  try {
    return Buffer.from(fullAsfPacket(piece.bytes, piece.packetBytes));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined; // it is told of where it was found
    throw error;
  }
}

const setDataFrame = '@setDataFrame';

function tagOf({ type, timestamp, payload }: Extract<MediaPiece, { is: 'flv' }>): Buffer | undefined {
  if (type === MessageType.audio || type === MessageType.video)
    return encodeFlvTag({ type, timestamp, payload });
  const isAmf3 = type === MessageType.dataAmf3 && payload[0] === 0;
  const values = isAmf3 ? payload.subarray(1) : payload;
  const name = readAmf0String(values);
  const data = name?.value === setDataFrame ? values.subarray(name.end) : values;
  return encodeFlvTag({ type: FlvTagType.script, timestamp, payload: data });
}
