import { readExTracks, type Track, walkModEx } from './ex-tag-header.ts';
import { FourCc, fourCcCode } from './fourcc.ts';

/** What a video message is; `other` for commands and whatever is unknown, reserved or truncated: forward it as it is. */
export type VideoPacket =
  | 'sequenceStart'
  | 'mpeg2TsSequenceStart'
  | 'codedFrames'
  | 'sequenceEnd'
  | 'metadata'
  | 'other';

/** The frame types of a video message. @see FLV 10.1 section E.4.3.1 */
export const VideoFrameType = { key: 1, inter: 2, disposableInter: 3, generatedKey: 4, command: 5 } as const;

/** What the first bytes of a video message tell. Frozen and shared between messages that are alike. */
export interface VideoTagHeader {
  readonly packet: VideoPacket;
  /** A VideoFrameType, or a reserved value up to 7; without meaning where `packet` is `metadata`. */
  readonly frameType: number;
  /** Every track of the message, at least one; empty where `packet` is `other`. */
  readonly tracks: readonly Track[];
  /** Nanoseconds to add to the timestamp of the message, 0 where its header has none. */
  readonly timestampOffsetNs: number;
}

const multitrackPacketType = 6;
const metadataPacketType = 4;

/** VideoPacketType; Multitrack 6 and ModEx 7 lead to one of these, the others are reserved. */
const exPackets: Readonly<Record<number, VideoPacket>> = {
  0: 'sequenceStart',
  1: 'codedFrames',
  2: 'sequenceEnd',
  3: 'codedFrames', // CodedFramesX: without a composition time
  4: 'metadata',
  5: 'mpeg2TsSequenceStart',
};

/** AVCPacketType, which the other codecs with a sequence header took over. @see FLV 10.1 section E.4.3.1 */
const legacyPackets: Readonly<Record<number, VideoPacket>> = {
  0: 'sequenceStart',
  1: 'codedFrames',
  2: 'sequenceEnd',
};

interface LegacyCodec {
  readonly fourCc: string;
  /** Whether a packet type and a composition time follow the first byte, as for AVC. */
  readonly hasPacketType: boolean;
}

const legacyCodecs: Readonly<Record<number, LegacyCodec>> = {
  2: { fourCc: 'h263', hasPacketType: false },
  3: { fourCc: 'screen', hasPacketType: false },
  4: { fourCc: 'vp6', hasPacketType: false },
  5: { fourCc: 'vp6a', hasPacketType: false },
  6: { fourCc: 'screen2', hasPacketType: false },
  7: { fourCc: FourCc.avc, hasPacketType: true },
  // Beyond the specification. 8 and 9 as ffmpeg 5.1 writes them with -strict -1; 12 as SRS, ZLMediaKit and many
  // encoders do; 13 after tencentyun/flv and SRS. For 14 and 15 there are four opinions, so they stay unknown.
  8: { fourCc: 'h263', hasPacketType: false },
  9: { fourCc: 'mp4v', hasPacketType: true },
  12: { fourCc: FourCc.hevc, hasPacketType: true },
  13: { fourCc: FourCc.av1, hasPacketType: true },
};
const legacyHeaderBytes = 5;

function header(
  packet: VideoPacket,
  frameType: number,
  tracks: readonly Track[],
  timestampOffsetNs = 0,
): VideoTagHeader {
  return Object.freeze({ packet, frameType, tracks: Object.freeze(tracks), timestampOffsetNs });
}

const frameTypes = [0, 1, 2, 3, 4, 5, 6, 7];
const otherHeaders = frameTypes.map((frameType) => header('other', frameType, []));
const emptyHeader = header('other', 0, []);

/** The headers of one codec on track 0: by packet, then by frame type. */
type CodecHeaders = Readonly<Partial<Record<VideoPacket, readonly VideoTagHeader[]>>>;

function codecHeaders(fourCc: string, packets: readonly VideoPacket[]): CodecHeaders {
  const tracks = [Object.freeze({ trackId: 0, fourCc })];
  return Object.fromEntries(
    packets.map((packet) => [packet, frameTypes.map((frameType) => header(packet, frameType, tracks))]),
  );
}

const legacyHeaders: readonly (CodecHeaders | undefined)[] = Array.from({ length: 16 }, (_, codecId) => {
  const codec = legacyCodecs[codecId];
  return codec && codecHeaders(codec.fourCc, Object.values(legacyPackets));
});
const exHeadersByCode = new Map<number, CodecHeaders>(
  [FourCc.vp8, FourCc.vp9, FourCc.av1, FourCc.avc, FourCc.hevc].map((fourCc) => [
    fourCcCode(fourCc),
    codecHeaders(fourCc, ['codedFrames']),
  ]),
);

/**
 * Decodes the header of a video message, legacy or extended. Never throws.
 * @param payload - the whole message. Not kept.
 * @see FLV 10.1 section E.4.3.1; Enhanced RTMP v2, ExVideoTagHeader
 */
export function decodeVideoTagHeader(payload: Buffer): VideoTagHeader {
  const first = payload[0];
  if (first === undefined) return emptyHeader;
  const frameType = (first >> 4) & 0x07;
  const known =
    first & 0x80
      ? decodeExVideoTagHeader(payload, frameType, first & 0x0f)
      : decodeLegacyVideoTagHeader(payload, frameType, first & 0x0f);
  return known ?? otherHeaders[frameType] ?? emptyHeader;
}

function decodeLegacyVideoTagHeader(
  payload: Buffer,
  frameType: number,
  codecId: number,
): VideoTagHeader | undefined {
  if (frameType === VideoFrameType.command) return undefined;
  const headers = legacyHeaders[codecId];
  if (headers === undefined) return undefined;
  if (!legacyCodecs[codecId]?.hasPacketType) return headers.codedFrames?.[frameType];
  const packet = legacyPackets[payload[1] ?? -1];
  // The end of a sequence has no composition time to give: some stop after `17 02`.
  if (packet === undefined || (packet !== 'sequenceEnd' && payload.length < legacyHeaderBytes))
    return undefined;
  return headers[packet]?.[frameType];
}

function decodeExVideoTagHeader(
  payload: Buffer,
  frameType: number,
  packetType: number,
): VideoTagHeader | undefined {
  const isCommand = frameType === VideoFrameType.command;
  if (exPackets[packetType] === 'codedFrames' && !isCommand && payload.length >= 5) {
    const shared = exHeadersByCode.get(payload.readUInt32BE(1));
    if (shared !== undefined) return shared.codedFrames?.[frameType];
  }
  const chain = walkModEx(payload);
  if (chain === undefined) return undefined;
  // One byte of command instead of a FourCC; the frame type of metadata is to be ignored.
  if (isCommand && chain.packetType !== metadataPacketType) return undefined;
  const ex = readExTracks(payload, chain, multitrackPacketType);
  const packet = ex && exPackets[ex.packetType];
  return packet && header(packet, frameType, ex.tracks, chain.timestampOffsetNs);
}
