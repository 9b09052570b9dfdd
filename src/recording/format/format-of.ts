import type { UnfinishedRecordingFile } from '../file/recording-file.ts';
import type { RecordedFrame } from '../link/store-link.ts';
import type { RecordingFamily } from '../recording.ts';
import { AsfFormat } from './asf-format.ts';
import { rereadAsf } from './asf-recovery.ts';
import { FlvFormat } from './flv-format.ts';
import { rereadFlv } from './flv-recovery.ts';
import type { RecordedFormat, Reread } from './recorded-format.ts';

/**
 * The format of a new file.
 * @param prefaces - what came before the first coded frame
 * @returns undefined where a header is missing there
 * @throws ProtocolError for a header that cannot be read
 */
export function formatOf(
  family: RecordingFamily,
  prefaces: readonly RecordedFrame[],
): RecordedFormat | undefined {
  if (family === 'FLV') return FlvFormat.of(prefaces);
  const header = prefaces.findLast(({ role }) => role === 'header');
  return header && new AsfFormat(header.payload);
}

/** Reads what a killed writer has left. @throws RecordingError; what the file system says */
export function reread(
  family: RecordingFamily,
  file: UnfinishedRecordingFile,
  headBytes: number,
): Promise<Reread> {
  return family === 'FLV' ? rereadFlv(file, headBytes) : rereadAsf(file);
}
