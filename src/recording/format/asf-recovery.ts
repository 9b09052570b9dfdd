import type { UnfinishedRecordingFile } from '../file/recording-file.ts';
import { RecordingError } from '../recording-error.ts';
import { AsfFormat } from './asf-format.ts';
import type { Reread } from './recorded-format.ts';

/** What is read of a file at a time, about, bytes. */
const PIECE_BYTES = 2 ** 20;

/** Reads what a killed writer has left, up to the last packet that is whole. @throws RecordingError `damaged` without a header */
export async function rereadAsf({ body, head }: UnfinishedRecordingFile): Promise<Reread> {
  if (head === undefined) throw new RecordingError('damaged', 'the ASF header is missing');
  const format = new AsfFormat(head);
  const { packetBytes } = format;
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / packetBytes)) * packetBytes;
  for (let at = 0; ; ) {
    const piece = await body.read(at, pieceBytes);
    for (let from = 0; from < pieceBytes; from += packetBytes) {
      if (!format.reread(piece.subarray(from, from + packetBytes))) return { format, bodyBytes: at + from };
    }
    at += pieceBytes;
  }
}
