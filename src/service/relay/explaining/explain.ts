import { type LoggedWarning, sentenceOf } from '../../../log.ts';
import type { StreamExplanation } from '../../admin/relay-status.ts';
import { hookStatuses } from '../status/hook-status.ts';
import { findingsOf } from './findings.ts';
import { nearKeys } from './near-keys.ts';
import { type CommonFacts, joinThreads, type StreamFacts, type ThreadFacts } from './stream-facts.ts';
import { verdictOf } from './verdict.ts';

/** What the whole relay knows before it is asked about one stream. */
export interface RelayKnowledge extends Omit<CommonFacts, 'near' | 'warnings'> {
  /** Keys of all streams that are live. */
  readonly live: readonly string[];
  readonly warnings: readonly LoggedWarning[];
}

/** Why a stream is seen or not. @param threads - what each of them knows about it, at least one */
export function explain(
  key: string,
  threads: readonly ThreadFacts[],
  relay: RelayKnowledge,
): StreamExplanation {
  const joined = joinThreads(threads);
  if (joined === undefined) throw new Error('no thread of the relay says anything about its streams');
  const isAbsent = joined.stream === undefined || joined.stream.state === 'absent';
  const facts: StreamFacts = {
    ...joined,
    ...relay,
    key,
    hooks: hookStatuses(threads.flatMap(({ hooks }) => hooks)),
    near: isAbsent ? nearKeys(key, relay.live) : [],
    warnings: warningsAbout(key, relay.warnings),
  };
  return { stream: key, verdict: verdictOf(facts), findings: findingsOf(facts) };
}

/** The latest first; what was refused is known otherwise. */
function warningsAbout(key: string, warnings: readonly LoggedWarning[]): StreamFacts['warnings'] {
  return warnings
    .filter(({ line: { event, fields } }) => fields['stream'] === key && event !== 'refused')
    .map(({ at, line }) => ({ at, text: sentenceOf(line) }))
    .reverse();
}
