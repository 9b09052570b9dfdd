import type { Stage, StageRelay } from '../stage.ts';

/** Something that happens to a relay once in a round. */
export interface Disturbance {
  /** What it does, for people. */
  readonly about: string;
  /** Beside one relay, what has to be there. */
  readonly needs?: 'crew' | 'origins' | 'house';
  /** Whether it is done once for all relays, not to each of them. */
  readonly isCommon?: boolean;
  /** Resolves when it is over. @returns what did not go as it should, one sentence each */
  happen(stage: Stage, to: StageRelay): Promise<readonly string[]>;
}

/** The sentence where it is not so, as {@link Disturbance.happen} returns it. */
export function unless(isSo: boolean, sentence: string): readonly string[] {
  return isSo ? [] : [sentence];
}
