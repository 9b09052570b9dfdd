import type { WebSocket } from 'ws';
import { Work, type WorkMeter } from '../../protocol/work-meter.ts';

/** For `ws`: pings are answered by `mindHeartbeat`, for it would cut those off without a word who send many at once. */
export const heartbeatOptions = { autoPong: false } as const;

/**
 * Answers a peer's pings and counts the work of pings and pongs. While a pong has not left, of the pings that come only the last
 * is answered, so that the pongs of a peer that does not read take no memory.
 * @see RFC 6455 section 5.5.3
 */
export function mindHeartbeat(webSocket: WebSocket, meter: WorkMeter): void {
  let isLeaving = false;
  let next: Buffer | undefined;
  const answer = (payload: Buffer): void => {
    isLeaving = true;
    webSocket.pong(payload, undefined, () => {
      isLeaving = false;
      const waiting = next;
      next = undefined;
      if (waiting !== undefined) answer(waiting);
    });
  };
  webSocket.on('ping', (data) => {
    meter.spend(Work.libraryPiece + Work.answer, 0);
    const payload = Buffer.from(data); // a slice of all that was read would keep all of it
    if (isLeaving) next = payload;
    else answer(payload);
  });
  webSocket.on('pong', () => meter.spend(Work.libraryPiece, 0));
}
