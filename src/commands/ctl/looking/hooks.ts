import type { HookStatus } from '../../../service/admin/relay-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { clockTime, count } from '../terminal/figures.ts';
import type { Tone } from '../terminal/line.ts';
import type { Column } from '../terminal/table.ts';
import { writeList } from './list.ts';

/** Writes the hooks and how they are doing. */
export async function showHooks(call: CtlCall): Promise<void> {
  const list = await call.client.all<HookStatus>('hooks', {}, Number.POSITIVE_INFINITY);
  writeList(call, 'hooks', list, hookColumns(Date.now()));
}

function hookColumns(nowMs: number): readonly Column<HookStatus>[] {
  return [
    { title: 'HOOK', cell: ({ hook }) => hook },
    { title: 'KIND', cell: ({ kind }) => kind },
    { title: 'STATE', cell: ({ breaker }) => [stateNames[breaker], stateTones[breaker]] },
    { title: 'MATCH', cell: ({ match }) => match, least: 8, spare: 3 },
    { title: 'WHERE', cell: ({ target }) => target, least: 16 },
    { title: 'WAITING', cell: ({ waiting }) => count(waiting), align: 'right', spare: 1 },
    { title: 'COUNTS', cell: ({ counts }) => countsText(counts), least: 16, spare: 4 },
    {
      title: 'LAST PROBLEM',
      cell: ({ lastProblem }) =>
        lastProblem === null ? '-' : `${clockTime(lastProblem.at, nowMs)} ${lastProblem.problem}`,
      least: 16,
      spare: 2,
    },
  ];
}

const stateNames: Readonly<Record<HookStatus['breaker'], string>> = {
  closed: 'works',
  'half-open': 'is tried',
  open: 'given up',
};

const stateTones: Readonly<Record<HookStatus['breaker'], Tone>> = {
  closed: 'good',
  'half-open': 'warning',
  open: 'bad',
};

function countsText(counts: HookStatus['counts']): string {
  const named = Object.entries(counts).filter(([, number]) => number > 0);
  return named.map(([outcome, number]) => `${count(number)} ${outcome}`).join(', ') || '-';
}
