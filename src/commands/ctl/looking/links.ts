import type { ForwardStatus, PullStatus } from '../../../service/admin/relay-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { bytes, count, span } from '../terminal/figures.ts';
import type { Tone } from '../terminal/line.ts';
import type { Column } from '../terminal/table.ts';
import { writeList } from './list.ts';

/** Which links are asked for. */
export interface LinkOptions {
  readonly stream?: string;
}

/** Writes the servers that streams are pulled from, and how that goes. */
export async function showUpstreams(call: CtlCall, { stream }: LinkOptions): Promise<void> {
  await show<PullStatus>(call, 'upstreams', stream, [
    ...commonColumns,
    { title: 'FOR', cell: ({ seconds }) => span(seconds), align: 'right', spare: 3 },
    { title: 'FRAMES', cell: ({ frames }) => count(frames), align: 'right', spare: 5 },
    { title: 'DELAY', cell: ({ delayMs }) => `${count(delayMs)} ms`, align: 'right', spare: 4 },
    ...lastColumns,
  ]);
}

/** Writes the servers that streams are forwarded to, and how that goes. */
export async function showForwards(call: CtlCall, { stream }: LinkOptions): Promise<void> {
  await show<ForwardStatus>(call, 'forwards', stream, [
    ...commonColumns,
    { title: 'SENT', cell: ({ sentBytes }) => bytes(sentBytes), align: 'right', spare: 3 },
    ...lastColumns,
  ]);
}

async function show<T>(
  call: CtlCall,
  name: string,
  stream: string | undefined,
  columns: readonly Column<T>[],
): Promise<void> {
  const list = await call.client.all<T>(name, { stream }, Number.POSITIVE_INFINITY);
  writeList(call, name, list, columns, { stream });
}

const commonColumns: readonly Column<PullStatus | ForwardStatus>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'STREAM', cell: ({ stream }) => stream, least: 12 },
  { title: 'URL', cell: ({ url }) => url, least: 16 },
  { title: 'STATE', cell: ({ state }) => [state, linkTone(state)] },
];

const lastColumns: readonly Column<PullStatus | ForwardStatus>[] = [
  { title: 'RECONNECTS', cell: ({ reconnects }) => count(reconnects), align: 'right', spare: 2 },
  { title: 'FROM', cell: ({ origin }) => origin, spare: 6 },
  { title: 'LAST ERROR', cell: ({ lastError }) => lastError ?? '-', least: 16, spare: 1 },
];

function linkTone(state: string): Tone {
  return state === 'flowing' ? 'good' : 'warning';
}
