import type { CacheLimits } from './cache/keyframe-group.ts';
import type { FanOutLimits } from './fan-out/fan-out.ts';

/** What streams need and obey; the values may change while they run. */
export interface LiveStreamSettings {
  readonly cache: CacheLimits;
  readonly fanOut: FanOutLimits;
  /** How long players wait for a stream that is not there, milliseconds. */
  readonly waitMs: number;
  /** How long a stream whose source was lost waits for it to come back, milliseconds. */
  readonly graceMs: number;
  /** How long a source that has paused is waited for, milliseconds; then it counts as lost. */
  readonly pauseMs: number;
  readonly onConflict: 'takeover' | 'reject';
}
