import type { StreamStatus } from '../../../service/admin/relay-status.ts';
import type { FleetStreamStatus } from '../../../service/house/overview/fleet-status.ts';
import type { ListAnswer } from '../api/admin-client.ts';
import type { CtlCall } from '../ctl-call.ts';
import { fleetStreamColumns } from '../fleet/stream-columns.ts';
import { age, bitRate, briefTime, count } from '../terminal/figures.ts';
import type { Tone } from '../terminal/line.ts';
import type { Column } from '../terminal/table.ts';
import { type ListOptions, writeList } from './list.ts';

/** Which streams are asked for. */
export interface StreamOptions extends ListOptions {
  readonly stream?: string;
}

/** Writes the streams and how they are doing. */
export async function showStreams(call: CtlCall, options: StreamOptions): Promise<void> {
  const { stream, limit = Number.POSITIVE_INFINITY } = options;
  const list = await call.client.all<StreamStatus | FleetStreamStatus>('streams', { stream }, limit);
  const [first] = list.items;
  if (first !== undefined && 'relayCount' in first)
    return writeList(call, 'streams', list as ListAnswer<FleetStreamStatus>, fleetStreamColumns, { stream });
  writeList(call, 'streams', list as ListAnswer<StreamStatus>, streamColumns(Date.now()), { stream });
}

/** What a table of streams shows. */
export function streamColumns(nowMs: number): readonly Column<StreamStatus>[] {
  return [
    { title: 'STREAM', cell: ({ stream }) => stream, least: 16 },
    { title: 'STATE', cell: ({ state }) => [state, stateTone(state)] },
    { title: 'PLAYERS', cell: ({ players }) => count(players), align: 'right' },
    { title: 'WAITING', cell: ({ waitingPlayers }) => count(waitingPlayers), align: 'right', spare: 5 },
    {
      title: 'LAGGING',
      cell: ({ laggingPlayers }) => [count(laggingPlayers), laggingTone(laggingPlayers)],
      align: 'right',
      spare: 1,
    },
    { title: 'IN', cell: ({ receivedBitsPerSecond }) => bitRate(receivedBitsPerSecond), align: 'right' },
    { title: 'OUT', cell: ({ sentBitsPerSecond }) => bitRate(sentBitsPerSecond), align: 'right' },
    {
      title: 'KEYFRAMES',
      cell: ({ keyframeIntervalSeconds }) => briefTime(keyframeIntervalSeconds),
      align: 'right',
      spare: 2,
    },
    {
      title: 'FPS',
      cell: ({ videoFramesPerSecond }) => count(videoFramesPerSecond),
      align: 'right',
      spare: 4,
    },
    { title: 'CODECS', cell: ({ tracks }) => codecsOf(tracks), spare: 6 },
    { title: 'FOR', cell: ({ since }) => age(since, nowMs), align: 'right', spare: 3 },
    { title: 'SOURCE', cell: sourceText, least: 16, spare: 7 },
  ];
}

/** How a stream's state is to be seen. */
export function stateTone(state: StreamStatus['state']): Tone | undefined {
  if (state === 'live') return 'good';
  return state === 'absent' ? 'bad' : 'warning';
}

/** How players that miss frames are to be seen. */
export function laggingTone(players: number): Tone | undefined {
  return players > 0 ? 'warning' : undefined;
}

function codecsOf(tracks: StreamStatus['tracks']): string {
  return [...new Set(tracks.map(({ codec }) => codec))].join(' ') || '-';
}

function sourceText({ source }: StreamStatus): string {
  if (source === null) return '-';
  return source.type === 'pull' ? source.url : `${source.protocol} ${source.peer}`;
}
