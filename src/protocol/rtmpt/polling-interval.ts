/** How long a client is to wait until it asks again, as servers of this protocol say it: the first byte of each answer, shortest first. */
const INTERVALS = [0x01, 0x03, 0x05, 0x09, 0x11, 0x21] as const;

/** After so many answers with nothing in them a client is told to wait longer. */
const RUN = 10;

/** The interval that says that there is nothing more to come. */
export const LAST_INTERVAL = 0x00;

/**
 * When a client is to ask again.
 * @param waitingBytes - what is left for the next answer
 * @param emptyAnswers - how many in a row had nothing in them
 */
export function pollingInterval(waitingBytes: number, emptyAnswers: number): number {
  const step = waitingBytes > 0 ? 0 : Math.floor(emptyAnswers / RUN);
  return INTERVALS[Math.min(step, INTERVALS.length - 1)] ?? INTERVALS[0];
}
