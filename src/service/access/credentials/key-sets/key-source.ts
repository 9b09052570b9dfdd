import type { VerifyingKey } from '../../../../credentials/jwt/verifying-key.ts';

/** Where the keys of tokens come from. */
export interface KeySource {
  /** The same list as long as they are the same; undefined while they are not known. */
  readonly current: readonly VerifyingKey[] | undefined;
  /** The keys as soon as they are there; undefined where they cannot be had. */
  keys(): Promise<readonly VerifyingKey[] | undefined>;
  /** Whether there are new ones, where that can be. */
  lookAgain?(): Promise<readonly VerifyingKey[] | undefined>;
}
