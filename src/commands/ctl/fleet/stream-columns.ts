import type { FleetStreamStatus } from '../../../service/house/overview/fleet-status.ts';
import { count } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

/** What a table of the streams of a fleet shows. */
export const fleetStreamColumns: readonly Column<FleetStreamStatus>[] = [
  { title: 'STREAM', cell: ({ stream }) => stream, least: 16 },
  { title: 'STATE', cell: ({ state }) => [state, state === 'live' ? 'good' : 'warning'] },
  { title: 'PLAYERS', cell: ({ players }) => count(players), align: 'right' },
  { title: 'RELAYS', cell: ({ relayCount }) => count(relayCount), align: 'right' },
  { title: 'PUBLISHED AT', cell: ({ publishedAt }) => publishedAt ?? '-', spare: 1 },
];
