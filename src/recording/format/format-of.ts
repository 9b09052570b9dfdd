import type { RecordedFrame } from '../link/store-link.ts';
import type { RecordingFamily } from '../recording.ts';
import { FlvFormat } from './flv-format.ts';
import type { RecordedFormat } from './recorded-format.ts';

/** The format of a new file. @param prefaces - what came before the first coded frame @returns undefined where something is missing there */
export function formatOf(
  family: RecordingFamily,
  prefaces: readonly RecordedFrame[],
): RecordedFormat | undefined {
  return family === 'FLV' ? FlvFormat.of(prefaces) : undefined;
}
