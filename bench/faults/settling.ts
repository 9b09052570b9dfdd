import type { Delay } from './comparison.ts';

/** Delay is normal up to so much above its median from before the fault, milliseconds. */
export const SLACK_MS = 100;
/** Delay is normal again when it has been so for so long, milliseconds. */
export const CALM_MS = 1000;

/** How delay went around a fault. */
export interface Settling {
  readonly longestDelayMs: number;
  /** From the beginning of the fault until the last frame whose delay was not normal; 0: there was none. */
  readonly unsettledMs: number;
  /** The longest delay after that; what has it need not be the fault. */
  readonly laterDelayMs: number;
}

/**
 * Finds out when delay was normal again.
 * @param delays - of the frames that came between the beginning of the fault and the next one, in order
 * @param overMs - when nothing hindered the stream any more, after the beginning
 */
export function settlingOf(
  delays: readonly Delay[],
  normalDelayMs: number,
  beganAtMs: number,
  overMs: number,
): Settling {
  let unsettledMs = 0;
  let longestDelayMs = 0;
  let laterDelayMs = 0;
  for (const { atMs, delayMs } of delays) {
    const dueMs = atMs - delayMs + normalDelayMs - beganAtMs;
    const isStill =
      dueMs < Math.max(overMs, unsettledMs) + CALM_MS && laterDelayMs <= normalDelayMs + SLACK_MS;
    if (!isStill) laterDelayMs = Math.max(laterDelayMs, delayMs);
    else {
      longestDelayMs = Math.max(longestDelayMs, delayMs);
      if (delayMs > normalDelayMs + SLACK_MS) unsettledMs = atMs - beganAtMs;
    }
  }
  return { longestDelayMs, unsettledMs, laterDelayMs };
}
