import type { Recording } from '../../../recording/recording.ts';
import type { CtlCall } from '../ctl-call.ts';
import { bytes, clockTime, span } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';
import { type ListOptions, writeList } from './list.ts';

/** So many are shown unless it is said. */
const MOST = 1000;

/** Which recordings are asked for. */
export interface RecordingOptions extends ListOptions {
  readonly stream?: string;
}

/** Writes the recordings that there are. */
export async function showRecordings(call: CtlCall, options: RecordingOptions): Promise<void> {
  const { stream, limit = MOST } = options;
  const list = await call.client.all<Recording>('recordings', { stream }, limit);
  writeList(call, 'recordings', list, recordingColumns(Date.now()), { stream });
}

function recordingColumns(nowMs: number): readonly Column<Recording>[] {
  return [
    { title: 'KEY', cell: ({ key }) => key, least: 40 },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'BEGUN', cell: ({ startedAt }) => clockTime(startedAt, nowMs), align: 'right' },
    { title: 'LENGTH', cell: ({ durationMs }) => span(durationMs / 1000), align: 'right' },
    { title: 'SIZE', cell: (recording) => bytes(recording.bytes), align: 'right' },
    { title: 'PART', cell: ({ part }) => String(part), align: 'right', spare: 1 },
  ];
}
