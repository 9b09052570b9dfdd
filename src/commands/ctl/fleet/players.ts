import type { FleetPlayerStatus } from '../../../service/house/overview/fleet-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { type ListOptions, writeList } from '../looking/list.ts';
import { age } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

/** Which players of a fleet are asked for. */
export interface PlayerOptions extends ListOptions {
  readonly uid?: string;
  readonly address?: string;
  readonly identity?: string;
  readonly stream?: string;
  readonly relay?: string;
}

/** A fleet may have a hundred thousand. */
const SHOWN = 1000;

/** Writes who plays at which relay. */
export async function showPlayers(
  call: CtlCall,
  { limit = SHOWN, ...filters }: PlayerOptions,
): Promise<void> {
  const list = await call.client.all<FleetPlayerStatus>('players', { ...filters }, limit);
  writeList(call, 'players', list, playerColumns(Date.now()), { ...filters });
}

function playerColumns(nowMs: number): readonly Column<FleetPlayerStatus>[] {
  return [
    { title: 'PLAYER', cell: ({ id }) => id, least: 12 },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'STREAM', cell: ({ stream }) => stream, least: 12 },
    { title: 'PROTOCOL', cell: ({ protocol }) => protocol, spare: 2 },
    { title: 'UID', cell: ({ uid }) => uid ?? '-', least: 8, spare: 3 },
    { title: 'IDENTITY', cell: ({ identity }) => identity ?? '-', least: 8, spare: 4 },
    { title: 'FOR', cell: ({ since }) => age(since, nowMs), align: 'right', spare: 1 },
  ];
}
