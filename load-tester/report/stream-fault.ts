/** What can be wrong with a stream as a player gets it. */
export const StreamFault = {
  noKeyframe: 'starts without a keyframe',
  noHeader: 'starts without a sequence header',
  backward: 'timestamp goes back',
  missing: 'message missing',
  outOfOrder: 'message out of order',
  unstamped: 'message has lost its stamp',
  numberMissing: 'gap in LocationId',
  numberBack: 'LocationId goes back',
} as const;
export type StreamFault = (typeof StreamFault)[keyof typeof StreamFault];

/** What a check finds out. */
export interface StreamCheckEvents {
  /** @param times - how often: the messages of one gap are missing at once */
  onFault(fault: StreamFault, description: string, times: number): void;
  onStamp(sentAtMs: number): void;
}

/** What a check has counted so far. */
export class CheckCounts {
  /** Of ASF, the objects that have begun. */
  audioMessages = 0;
  videoMessages = 0;
  /** Data packets of ASF. */
  packets = 0;
  /** Messages, or data packets, with a stamp. */
  stampedMessages = 0;
  mediaBytes = 0;
  /** How much of the stream came, by its own times, milliseconds. */
  mediaMs = 0;
}

/** How far one time lies behind another, milliseconds: times wrap, so the difference and not the order tells. */
export function msBetween(earlier: number, later: number): number {
  return (later - earlier) | 0;
}
