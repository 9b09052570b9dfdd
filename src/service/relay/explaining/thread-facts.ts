import { KeyPattern } from '../../../config/key-pattern.ts';
import type { StreamStatus } from '../../admin/relay-status.ts';
import type { HookState } from '../../hooks/hook-state.ts';
import type { Pull } from '../pulling/pull.ts';
import type { Refusals } from './refusals.ts';
import type { StreamRules, ThreadFacts } from './stream-facts.ts';

/** Where a thread knows from what has to do with a stream. */
export interface ThreadFactsParts {
  readonly gate: { rulesOf(key: string): StreamRules };
  readonly lists: { stream(key: string): StreamStatus | undefined };
  readonly pulls: Iterable<Pick<Pull, 'key' | 'status'>>;
  readonly refusals: Pick<Refusals, 'of'>;
  readonly hooks: { states(): readonly HookState[] };
}

/** What a thread knows about a stream. */
export function threadFacts(key: string, parts: ThreadFactsParts): ThreadFacts {
  const { gate, lists, pulls, refusals, hooks } = parts;
  return {
    rules: gate.rulesOf(key),
    stream: lists.stream(key),
    pull: [...pulls].find((pull) => pull.key === key)?.status(),
    refusals: refusals.of(key),
    hooks: hooks.states().filter(({ match, events }) => {
      const isAsked = events.includes('publish') || events.includes('play');
      return isAsked && new KeyPattern(match).matches(key);
    }),
  };
}
