import type { Stamp } from '../stamp.ts';
import { type CheckCounts, type StreamCheckEvents, StreamFault } from './stream-fault.ts';

/** Stamped messages that did not come. */
export interface StampGap {
  readonly missing: number;
  /** The number of the last one before them. */
  readonly behind: number;
}

/** Follows the stamps of one stream. */
export class StampCheck {
  readonly #events: StreamCheckEvents;
  readonly #counts: CheckCounts;
  #sequence: number | undefined;

  constructor(events: StreamCheckEvents, counts: CheckCounts) {
    this.#events = events;
    this.#counts = counts;
  }

  /**
   * @param stamp - of the next message; undefined: it has none
   * @param isDue - whether it has room for one, so that it must have one if others have
   * @returns what is missing before it
   */
  follow(stamp: Stamp | undefined, isDue: boolean): StampGap | undefined {
    const behind = this.#sequence;
    if (stamp === undefined) {
      if (isDue && behind !== undefined)
        this.#events.onFault(StreamFault.unstamped, `after number ${behind}`, 1);
      return undefined;
    }
    const { sequence, sentAtMs } = stamp;
    this.#counts.stampedMessages++;
    this.#sequence = sequence;
    this.#events.onStamp(sentAtMs);
    if (behind === undefined) return undefined;
    const step = (sequence - behind) | 0;
    if (step < 1) this.#events.onFault(StreamFault.outOfOrder, `number ${sequence} behind ${behind}`, 1);
    return step > 1 ? { missing: step - 1, behind } : undefined;
  }
}
