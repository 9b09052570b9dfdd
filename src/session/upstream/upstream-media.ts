import { bugText, ProtocolError } from '../../errors.ts';
import { FlvMessageType } from '../../family/flv/flv-family.ts';
import { flvFrame } from '../../family/flv/flv-frame.ts';
import { readAmf0String } from '../../protocol/amf/amf0.ts';
import { decodeDataMessage } from '../../protocol/rtmp/message/command-message.ts';
import { decodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { UpstreamEvents } from './upstream.ts';

/** Data messages in which a server answers play: each hop says them itself, none is a part of the stream. */
const saidOnEachPlay: ReadonlySet<string> = new Set(['|RtmpSampleAccess', 'onStatus']);

/** Tells what a message of an upstream says: media, or on which path it comes. */
export function tellMessage(
  events: Pick<UpstreamEvents, 'onMedia' | 'onPath'>,
  type: FlvMessageType,
  timestamp: number,
  payload: Buffer,
): void {
  const name = type === FlvMessageType.dataAmf0 ? readAmf0String(payload)?.value : undefined;
  if (name === PATH_NAME) {
    const path = decodePath(decodeDataMessage(payload)[1]);
    if (path !== undefined) events.onPath(path);
  } else if (name === undefined || !saidOnEachPlay.has(name)) {
    events.onMedia(flvFrame(type, timestamp, payload));
  }
}

/** What was wrong with the bytes of a server, for people. */
export function faultOf(error: unknown): string {
  if (error instanceof ProtocolError)
    return `the server breaks the protocol: ${error.message} (${error.code})`;
  return `bug: ${bugText(error)}`;
}
