import type { UnfinishedRecordingFile } from '../file/recording-file.ts';
import type { RecordingFamily } from '../recording.ts';
import { rereadFlv } from './flv-recovery.ts';
import type { Reread } from './recorded-format.ts';

/** Reads what a killed writer has left. @throws RecordingError; what the file system says */
export function reread(
  _family: RecordingFamily,
  file: UnfinishedRecordingFile,
  headBytes: number,
): Promise<Reread> {
  return rereadFlv(file, headBytes);
}
