import { bugText, ProtocolError } from '../../errors.ts';
import type { FlvMessageType } from '../../family/flv/flv-family.ts';
import { flvFrame } from '../../family/flv/flv-frame.ts';
import { Work, type WorkMeter } from '../../protocol/work-meter.ts';
import { trackCount } from '../../stream/frame.ts';
import type { UpstreamEvents } from './upstream.ts';

/** Tells the media in a message of an upstream, if it is a part of the stream. @param meter - is told how many tracks are in it */
export function tellMedia(
  events: Pick<UpstreamEvents, 'onMedia'>,
  meter: WorkMeter,
  type: FlvMessageType,
  timestamp: number,
  payload: Buffer,
): void {
  const frame = flvFrame(type, timestamp, payload);
  if (frame === undefined) return;
  meter.spend(Work.track * trackCount(frame), payload.length);
  events.onMedia(frame);
}

/** What was wrong with the bytes of a server, for people. */
export function faultOf(error: unknown): string {
  if (error instanceof ProtocolError)
    return `the server broke the protocol: ${error.message} (${error.code})`;
  return `bug: ${bugText(error)}`;
}
