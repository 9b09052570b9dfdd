import type { HookStatus } from '../../admin/relay-status.ts';
import type { BreakerState } from '../../hooks/asked/breaker.ts';
import type { HookState } from '../../hooks/hook-state.ts';

/** The less a hook is asked or told, the later. */
const breakers: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/** How hooks do over all threads, in the order of the configuration. @param states - of every thread */
export function hookStatuses(states: readonly HookState[]): readonly HookStatus[] {
  const byHook = Map.groupBy(states, ({ hook, kind }) => `${hook} ${kind}`);
  const statuses = [...byHook.values()].flatMap((parts) => overAllThreads(parts) ?? []);
  return statuses.sort((a, b) => placeOf(a) - placeOf(b) || (a.kind < b.kind ? -1 : 1));
}

function overAllThreads(parts: readonly HookState[]): HookStatus | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const { hook, kind, match, events, target } = first;
  const counts: Record<string, number> = {};
  for (const part of parts)
    for (const [outcome, count] of Object.entries(part.counts))
      counts[outcome] = (counts[outcome] ?? 0) + count;
  const [latest] = parts.flatMap(({ lastProblem }) => lastProblem ?? []).sort((a, b) => b.at - a.at);
  const worst = Math.max(...parts.map(({ breaker }) => breakers.indexOf(breaker)));
  return {
    ...{ id: `${hook}-${kind}`, hook, kind, match, events, target },
    breaker: breakers[worst] ?? 'closed',
    waiting: parts.reduce((sum, { waiting }) => sum + waiting, 0),
    counts,
    lastProblem:
      latest === undefined ? null : { at: new Date(latest.at).toISOString(), problem: latest.problem },
  };
}

/** Of `hooks.2` it is 2. */
function placeOf({ hook }: HookStatus): number {
  return Number(hook.slice(hook.indexOf('.') + 1));
}
