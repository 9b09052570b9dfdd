import type { RolloutStatus } from '../directing/rollout.ts';

/** How far the latest config of the relays has come, at this house. */
export interface ConfigState {
  /** `settled`: all go by it; `waiting`: for a relay to try it with; `trying`: one goes by it; `rolled-back`: none does. */
  readonly at: RolloutStatus['at'];
  /** That which has it, or had it, first. */
  readonly relay: string | null;
  /** Why that one, or why it was taken back. */
  readonly reason: string | null;
  /** ISO 8601. */
  readonly since: string | null;
}

/** As people see it. */
export function configState(status: RolloutStatus): ConfigState {
  const { at } = status;
  if (at === 'settled' || at === 'waiting') return { at, relay: null, reason: null, since: null };
  const { relay, since } = status;
  const reason = at === 'trying' ? status.reason : status.why;
  return { at, relay, reason, since: new Date(since).toISOString() };
}
