import type { BanStatus } from '../../../service/admin/relay-changes.ts';
import type { CtlCall } from '../ctl-call.ts';
import { clockTime, span } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';
import { writeList } from './list.ts';

/** Writes who is kept out, and until when. */
export async function showBans(call: CtlCall): Promise<void> {
  const list = await call.client.all<BanStatus>('bans', {}, Number.POSITIVE_INFINITY);
  writeList(call, 'bans', list, banColumns(Date.now()));
}

function banColumns(nowMs: number): readonly Column<BanStatus>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'WHO', cell: ({ value }) => value, least: 16 },
    { title: 'UNTIL', cell: ({ until }) => clockTime(until, nowMs), align: 'right' },
    {
      title: 'LEFT',
      cell: ({ until }) => span((Date.parse(until) - nowMs) / 1000),
      align: 'right',
      spare: 1,
    },
  ];
}
