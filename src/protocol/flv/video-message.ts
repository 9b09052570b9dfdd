import { bufferView } from '../../bytes/buffer-view.ts';
import { encodeExMessage, readExMessage, type Track } from './ex-tag-header.ts';
import { FourCc } from './fourcc.ts';
import {
  codecsWithPacketType,
  decodeVideoTagHeader,
  exPackets,
  type LegacyVideoPacket,
  legacyHeaderBytes,
  legacyPackets,
  multitrackPacketType,
  VideoFrameType,
  type VideoPacket,
} from './video-tag-header.ts';

/** The data of one track of a video message. */
export interface VideoTrack extends Track {
  /** By how much the frame is shown later than it is decoded, milliseconds, -2^23 to 2^23 - 1; 0 where the codec has none. */
  readonly compositionTimeMs: number;
  /** What stands behind the headers: a frame, or the decoder's configuration. When decoded, a view of the message. */
  readonly data: Uint8Array;
}

/** A video message with the header of FLV 10.1: one track, one codec by its number. */
export interface LegacyVideoMessage extends Omit<VideoTrack, 'trackId' | 'fourCc'> {
  readonly form: 'legacy';
  readonly packet: LegacyVideoPacket;
  /** A VideoFrameType. */
  readonly frameType: number;
  /** CodecID: 7 for AVC, 12 for HEVC as many encoders have it. */
  readonly codecId: number;
}

/** A video message with the header of Enhanced RTMP: codecs by their FourCC, one track or several. */
export interface EnhancedVideoMessage {
  readonly form: 'enhanced';
  readonly packet: VideoPacket;
  /** A VideoFrameType; without meaning where `packet` is `metadata`. */
  readonly frameType: number;
  /** Nanoseconds to add to the timestamp of the message, 0 to 999,999. */
  readonly timestampOffsetNs: number;
  /** At least one; the default track has the id 0. */
  readonly tracks: readonly VideoTrack[];
}

/** A video message taken apart: what is in the payload of an FLV tag or RTMP message of type 9. */
export type VideoMessage = LegacyVideoMessage | EnhancedVideoMessage;

/** VideoPacketType, as they are written. */
const packetTypes: Readonly<Record<VideoPacket, number>> = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  metadata: 4,
  mpeg2TsSequenceStart: 5,
};
const codedFramesXPacketType = 3;

/** Codecs whose frames can be shown in another order than they are decoded in. */
const reordered: ReadonlySet<string> = new Set([FourCc.avc, FourCc.hevc]);

/**
 * Takes a video message apart. Never throws: undefined stands for what is unknown, reserved or truncated, and for a command of a
 * server, which has no picture.
 * @param payload - the whole message; what is returned holds views of it.
 * @see FLV 10.1 section E.4.3.1; Enhanced RTMP v2, ExVideoTagHeader
 */
export function decodeVideoMessage(payload: Uint8Array): VideoMessage | undefined {
  const bytes = bufferView(payload);
  const { packet, frameType } = decodeVideoTagHeader(bytes);
  const first = bytes[0];
  if (packet === 'other' || first === undefined) return undefined;
  return first & 0x80 ? decodeEnhanced(bytes, frameType) : decodeLegacy(bytes, frameType);
}

/**
 * Writes a video message.
 * @throws RangeError for what its form has no room for: a composition time, offset, size or track id beyond its field, a FourCC that is
 *   none, no track
 */
export function encodeVideoMessage(message: VideoMessage): Buffer {
  return message.form === 'legacy' ? encodeLegacy(message) : encodeEnhanced(message);
}

function decodeLegacy(bytes: Buffer, frameType: number): LegacyVideoMessage | undefined {
  const codecId = bytes.readUInt8(0) & 0x0f;
  const base = { form: 'legacy', frameType, codecId } as const;
  if (!codecsWithPacketType.has(codecId))
    return { ...base, packet: 'codedFrames', compositionTimeMs: 0, data: bytes.subarray(1) };
  const packet = legacyPackets[bytes.readUInt8(1)];
  if (packet === undefined) return undefined;
  const isCut = bytes.length < legacyHeaderBytes; // the end of a sequence, which may stop behind the packet type
  const compositionTimeMs = isCut ? 0 : bytes.readIntBE(2, 3);
  return { ...base, packet, compositionTimeMs, data: bytes.subarray(legacyHeaderBytes) };
}

function encodeLegacy({ packet, frameType, codecId, compositionTimeMs, data }: LegacyVideoMessage): Buffer {
  const first = (checkedFrameType(frameType, packet) << 4) | codecId;
  if (!codecsWithPacketType.has(codecId)) return Buffer.concat([Buffer.of(first), data]);
  const header = Buffer.of(first, legacyPackets.indexOf(packet));
  return Buffer.concat([header, int24(compositionTimeMs), data]);
}

function decodeEnhanced(bytes: Buffer, frameType: number): EnhancedVideoMessage | undefined {
  const ex = readExMessage(bytes, multitrackPacketType);
  const packet = exPackets[ex?.packetType ?? -1];
  if (ex === undefined || packet === undefined) return undefined;
  const tracks: VideoTrack[] = [];
  for (const { trackId, fourCc, start, end } of ex.tracks) {
    const isTimed = ex.packetType === packetTypes.codedFrames && reordered.has(fourCc);
    if (isTimed && start + 3 > end) return undefined;
    const compositionTimeMs = isTimed ? bytes.readIntBE(start, 3) : 0;
    tracks.push({
      trackId,
      fourCc,
      compositionTimeMs,
      data: bytes.subarray(isTimed ? start + 3 : start, end),
    });
  }
  return { form: 'enhanced', packet, frameType, timestampOffsetNs: ex.timestampOffsetNs, tracks };
}

function encodeEnhanced({ packet, frameType, timestampOffsetNs, tracks }: EnhancedVideoMessage): Buffer {
  const isTimed = ({ fourCc }: VideoTrack): boolean => packet === 'codedFrames' && reordered.has(fourCc);
  // CodedFramesX says that there is no composition time, of codecs that have one
  const isX = tracks.every((track) => isTimed(track) && track.compositionTimeMs === 0);
  return encodeExMessage({
    high: 0x08 | checkedFrameType(frameType, packet),
    packetType: isX ? codedFramesXPacketType : packetTypes[packet],
    multitrackPacketType,
    timestampOffsetNs,
    tracks: tracks.map((track) => ({
      trackId: track.trackId,
      fourCc: track.fourCc,
      data: isTimed(track) && !isX ? Buffer.concat([int24(track.compositionTimeMs), track.data]) : track.data,
    })),
  });
}

/** @throws RangeError for what no frame is of; with metadata it means nothing, and is as the sender likes */
function checkedFrameType(frameType: number, packet: VideoPacket): number {
  const isOne = Number.isInteger(frameType) && frameType >= 0 && frameType <= 7;
  if (!isOne || (frameType === VideoFrameType.command && packet !== 'metadata'))
    throw new RangeError(`frame type ${frameType}`);
  return frameType;
}

/** @throws RangeError for a number that needs more */
function int24(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(3);
  bytes.writeIntBE(value, 0, 3);
  return bytes;
}
