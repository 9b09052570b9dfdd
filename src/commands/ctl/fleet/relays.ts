import type { FleetRelayState, FleetRelayStatus } from '../../../service/house/overview/fleet-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { type ListOptions, writeList } from '../looking/list.ts';
import { age, bitRate, count } from '../terminal/figures.ts';
import type { Tone } from '../terminal/line.ts';
import type { Column } from '../terminal/table.ts';

/** Which relays of a fleet are asked for. */
export interface FleetRelayOptions extends ListOptions {
  readonly state?: FleetRelayState;
}

/** Writes the relays of a fleet and how they do. */
export async function showRelays(call: CtlCall, options: FleetRelayOptions): Promise<void> {
  const { state, limit = Number.POSITIVE_INFINITY } = options;
  const list = await call.client.all<FleetRelayStatus>('relays', { state }, limit);
  writeList(call, 'relays', list, relayColumns(Date.now()), { state });
}

function relayColumns(nowMs: number): readonly Column<FleetRelayStatus>[] {
  return [
    { title: 'RELAY', cell: ({ id }) => id, least: 12 },
    { title: 'STATE', cell: ({ state }) => [state, tones[state]] },
    { title: 'PARENT', cell: ({ parent }) => parent ?? '-', spare: 2 },
    {
      title: 'PLAYERS',
      cell: ({ players, limits }) =>
        limits.players === null ? count(players) : `${count(players)} of ${count(limits.players)}`,
      align: 'right',
    },
    {
      title: 'IN',
      cell: ({ receivedBitsPerSecond }) => bitRate(receivedBitsPerSecond),
      align: 'right',
      spare: 4,
    },
    { title: 'OUT', cell: ({ sentBitsPerSecond }) => bitRate(sentBitsPerSecond), align: 'right', spare: 3 },
    { title: 'STREAMS', cell: ({ streams }) => count(streams), align: 'right', spare: 5 },
    { title: 'REPORT', cell: ({ report }) => age(report?.at ?? null, nowMs), align: 'right', spare: 1 },
    {
      title: 'CONFIG',
      cell: ({ report }) => (report?.problem == null ? '-' : [report.problem, 'bad']),
      least: 8,
      spare: 6,
    },
  ];
}

const tones: Readonly<Record<FleetRelayState, Tone>> = {
  ready: 'good',
  full: 'warning',
  draining: 'warning',
  unapproved: 'warning',
  offline: 'bad',
  disabled: 'quiet',
};
