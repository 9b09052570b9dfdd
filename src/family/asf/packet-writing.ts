import { readAsfPacket, sendTimeAt } from '../../protocol/asf/asf-packet.ts';
import type { AsfPayload } from '../../protocol/asf/asf-payload.ts';
import { beginningPacket, shiftAsfTimes } from '../../protocol/asf/asf-rewriting.ts';
import type { Frame } from '../../stream/frame.ts';
import { AsfTag } from './asf-tag.ts';

/**
 * Writes a data packet for a place on the timeline, and returns where the next byte goes. It is copied as it is, unless the stream has
 * moved it in time.
 * @param tag - of its frame
 * @param timestamp - milliseconds, uint32
 */
export function writeAsfPacket(
  target: Buffer,
  at: number,
  packet: Buffer,
  tag: number,
  timestamp: number,
): number {
  const end = at + packet.copy(target, at);
  const byMs = (timestamp - packet.readUInt32LE(sendTimeAt(packet))) >>> 0;
  if (byMs !== 0) shiftAsfTimes(target.subarray(at, end), AsfTag.packetBytes(tag), byMs);
  return end;
}

/**
 * The data packet of a frame as a player begins with it: from the key frame of a video stream on, or, where there is none, from the
 * first object that starts in it.
 * @param videoStream - its number, 0 for none
 */
export function beginningOf(
  { payload, tag }: Pick<Frame, 'payload' | 'tag'>,
  videoStream: number = AsfTag.videoStream(tag),
): Buffer {
  return beginningPacket(payload, AsfTag.packetBytes(tag), (part) =>
    videoStream === 0 ? part.startsObject : startsKeyframe(part, videoStream),
  );
}

/**
 * Of packets that were looked through, by the memory that they are in and their place there, in which streams key frames start:
 * players of many streams join at any time, and frames that are kept are made anew each time.
 */
const keyStreams = new WeakMap<ArrayBufferLike, Map<number, readonly number[]>>();

/** Whether a key frame of a video stream starts in the data packet of a frame that a stream keeps. */
export function hasKeyframeOf(frame: Frame, videoStream: number): boolean {
  const { buffer, byteOffset } = frame.payload;
  let places = keyStreams.get(buffer);
  if (places === undefined) {
    places = new Map();
    keyStreams.set(buffer, places);
  }
  let streams = places.get(byteOffset);
  if (streams === undefined) {
    streams = keyStreamsOf(frame);
    places.set(byteOffset, streams);
  }
  return streams.includes(videoStream);
}

function keyStreamsOf({ payload, tag }: Frame): readonly number[] {
  const { payloads } = readAsfPacket(payload, AsfTag.packetBytes(tag));
  const streams = payloads.filter((part) => startsKeyframe(part, part.stream)).map(({ stream }) => stream);
  return streams.length === 0 ? none : [...new Set(streams)];
}

const none: readonly number[] = [];

/** Whether a key frame of a stream starts with a payload. */
export function startsKeyframe({ stream, isKey, startsObject }: AsfPayload, videoStream: number): boolean {
  return isKey && startsObject && stream === videoStream;
}
