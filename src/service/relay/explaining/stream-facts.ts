import type { HookStatus, HouseStatus, PullStatus, StreamStatus } from '../../admin/relay-status.ts';
import type { HookState } from '../../hooks/hook-state.ts';
import { overAllThreads } from '../status/stream-status.ts';
import type { RefusedRequest } from './refusals.ts';

/** What decides who may publish or play a stream. */
export interface DecidingRule {
  /** Its path in the configuration, such as `access.rules.0`. */
  readonly path: string;
  /** What it asks for, in words and without secrets. */
  readonly words: string;
}

/** The entry of a stream in `streams`. */
export interface StreamEntryFacts {
  /** Its path in the configuration, such as `streams.0`. */
  readonly path: string;
  readonly match: string;
  /** Undefined where it is published. */
  readonly pull: PullFacts | undefined;
  readonly forwards: number;
}

/** How a stream is pulled. */
export interface PullFacts {
  readonly start: 'onDemand' | 'always';
  /** Without what may be secret. */
  readonly urls: readonly string[];
}

/** What the configuration says about a stream. */
export interface StreamRules {
  /** Undefined where none matches. */
  readonly entry: StreamEntryFacts | undefined;
  readonly publish: DecidingRule;
  readonly play: DecidingRule;
}

/** What one thread knows about a stream. */
export interface ThreadFacts {
  readonly rules: StreamRules;
  /** Undefined where nobody publishes, plays or waits for it there. */
  readonly stream: StreamStatus | undefined;
  /** Undefined where it is not pulled there now. */
  readonly pull: PullStatus | undefined;
  readonly refusals: readonly RefusedRequest[];
  /** Hooks that are asked about it. */
  readonly hooks: readonly HookState[];
}

/** Limits that are used up, in words. */
export interface UsedUpLimits {
  /** For whoever wants to publish the stream. */
  readonly publish: readonly string[];
  /** For whoever wants to play it. */
  readonly play: readonly string[];
  /** For some address or identity. */
  readonly some: readonly string[];
}

/** What the whole relay knows that has to do with a stream. */
export interface CommonFacts {
  readonly isDraining: boolean;
  /** Null where the relay belongs to none. */
  readonly house: HouseStatus | null;
  readonly usedUp: UsedUpLimits;
  /** How many addresses and identities are kept out. */
  readonly bans: number;
  /** Live streams that somebody may mean who asks for this one. */
  readonly near: readonly string[];
  /** The latest lines of the log about it that warn of something, the latest first. */
  readonly warnings: readonly { readonly at: number; readonly text: string }[];
  /** What is kept of a stream for players that join late, milliseconds. */
  readonly cacheMs: number;
}

/** All that it takes to explain how a stream does. */
export interface StreamFacts extends Omit<ThreadFacts, 'hooks'>, CommonFacts {
  readonly key: string;
  readonly hooks: readonly HookStatus[];
}

/** What all threads know together. @param threads - at least one */
export function joinThreads(
  threads: readonly ThreadFacts[],
): Pick<ThreadFacts, 'rules' | 'stream' | 'pull' | 'refusals'> | undefined {
  const [first] = threads;
  if (first === undefined) return undefined;
  const refusals = threads.flatMap((thread) => thread.refusals).sort((a, b) => b.at - a.at);
  return {
    rules: first.rules,
    stream: overAllThreads(threads.flatMap(({ stream }) => stream ?? [])),
    pull: threads.find(({ pull }) => pull !== undefined)?.pull,
    refusals,
  };
}
