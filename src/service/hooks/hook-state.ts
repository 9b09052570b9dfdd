import type { HookEvent } from '../../config/hooks/hook-settings.ts';
import { printable } from '../../log.ts';
import type { BreakerState } from './asked/breaker.ts';

/** What went wrong last. */
export interface HookProblem {
  /** When, milliseconds since 1970. */
  readonly at: number;
  /** In words. */
  readonly problem: string;
}

/** How a hook does in one thread: one that is asked some things and told others does both by itself. */
export interface HookState {
  /** As the configuration calls it, such as `hooks.0`. */
  readonly hook: string;
  /** Whether it is asked before something may be done, told what was, or a program that is run. */
  readonly kind: 'asked' | 'told' | 'exec';
  /** Pattern of stream keys. */
  readonly match: string;
  readonly events: readonly HookEvent[];
  /** The server of its URL, or the path of its program. */
  readonly target: string;
  /** Whether it is asked or told as always, not at all, or once to see whether it is back. */
  readonly breaker: BreakerState;
  /** How many questions or events wait. */
  readonly waiting: number;
  /** Questions or events by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly lastProblem: HookProblem | undefined;
}

/** What has gone wrong just now. */
export function problemNow(problem: string): HookProblem {
  return { at: Date.now(), problem: printable(problem) };
}
