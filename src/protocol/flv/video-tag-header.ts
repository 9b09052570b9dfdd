import { defaultTrack, readExTracks, type TagHeader, type Track, walkModEx } from './ex-tag-header.ts';
import { FourCc, fourCcCode } from './fourcc.ts';

/** What a video message is; commands are none of these. */
export type VideoPacket =
  | 'sequenceStart'
  | 'mpeg2TsSequenceStart'
  | 'codedFrames'
  | 'sequenceEnd'
  | 'metadata';

/** The frame types of a video message. @see FLV 10.1 section E.4.3.1 */
export const VideoFrameType = { key: 1, inter: 2, disposableInter: 3, generatedKey: 4, command: 5 } as const;

/** What the first bytes of a video message tell. */
export interface VideoTagHeader extends TagHeader<VideoPacket> {
  /** A VideoFrameType, or a reserved value up to 7; without meaning where `packet` is `metadata`. */
  readonly frameType: number;
}

/** VideoPacketType of a message that has several tracks, or says which one it has. */
export const multitrackPacketType = 6;
const metadataPacketType = 4;

/** VideoPacketType; Multitrack 6 and ModEx 7 lead to one of these, the others are reserved. */
export const exPackets: Readonly<Record<number, VideoPacket>> = {
  0: 'sequenceStart',
  1: 'codedFrames',
  2: 'sequenceEnd',
  3: 'codedFrames', // CodedFramesX: without a composition time
  4: 'metadata',
  5: 'mpeg2TsSequenceStart',
};

/** What a video message with the header of FLV 10.1 is. */
export type LegacyVideoPacket = Extract<VideoPacket, 'sequenceStart' | 'codedFrames' | 'sequenceEnd'>;

/** AVCPacketType, which the other codecs with a sequence header took over. @see FLV 10.1 section E.4.3.1 */
export const legacyPackets: readonly LegacyVideoPacket[] = ['sequenceStart', 'codedFrames', 'sequenceEnd'];
const [codedFrames, sequenceEnd] = [1, 2];

const legacyCodecs: Readonly<Record<number, string>> = {
  2: 'h263',
  3: 'screen',
  4: 'vp6',
  5: 'vp6a',
  6: 'screen2',
  7: FourCc.avc,
  // Beyond the specification. 8 and 9 as ffmpeg 5.1 writes them with -strict -1; 12 as SRS, ZLMediaKit and many
  // encoders do; 13 after tencentyun/flv and SRS. For 14 and 15 there are four opinions, so they stay unknown.
  8: 'h263',
  9: 'mp4v',
  12: FourCc.hevc,
  13: FourCc.av1,
};
/** Those with a packet type and a composition time behind the first byte, as AVC has them. */
export const codecsWithPacketType: ReadonlySet<number> = new Set([7, 9, 12, 13]);
/** Bytes of a legacy header with a packet type. */
export const legacyHeaderBytes = 5;

function header(
  packet: VideoTagHeader['packet'],
  frameType: number,
  tracks: readonly Track[],
  timestampOffsetNs = 0,
): VideoTagHeader {
  return Object.freeze({ packet, frameType, tracks: Object.freeze(tracks), timestampOffsetNs });
}

const frameTypes = [0, 1, 2, 3, 4, 5, 6, 7];
const otherHeaders = frameTypes.map((frameType) => header('other', frameType, []));
const emptyHeader = header('other', 0, []);

/** The headers of one codec on track 0, by frame type. */
function headersOf(fourCc: string, packet: VideoPacket): readonly VideoTagHeader[] {
  return frameTypes.map((frameType) => header(packet, frameType, defaultTrack(fourCc)));
}

/** By codec, then by packet type. */
const legacyHeaders = Array.from({ length: 16 }, (_, codecId) => {
  const fourCc = legacyCodecs[codecId];
  return fourCc === undefined ? undefined : legacyPackets.map((packet) => headersOf(fourCc, packet));
});
const codedFramesByCode = new Map(
  [FourCc.vp8, FourCc.vp9, FourCc.av1, FourCc.avc, FourCc.hevc].map((fourCc) => [
    fourCcCode(fourCc),
    headersOf(fourCc, 'codedFrames'),
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
  const low = first & 0x0f;
  const known =
    first & 0x80 ? decodeExHeader(payload, frameType, low) : decodeLegacyHeader(payload, frameType, low);
  return known ?? otherHeaders[frameType] ?? emptyHeader;
}

function decodeLegacyHeader(payload: Buffer, frameType: number, codecId: number): VideoTagHeader | undefined {
  if (frameType === VideoFrameType.command) return undefined;
  const headers = legacyHeaders[codecId];
  if (headers === undefined) return undefined;
  if (!codecsWithPacketType.has(codecId)) return headers[codedFrames]?.[frameType];
  const packetType = payload[1];
  // The end of a sequence has no composition time to give: some stop after `17 02`.
  const isWhole = packetType === sequenceEnd || payload.length >= legacyHeaderBytes;
  return packetType !== undefined && isWhole ? headers[packetType]?.[frameType] : undefined;
}

function decodeExHeader(payload: Buffer, frameType: number, packetType: number): VideoTagHeader | undefined {
  const isCommand = frameType === VideoFrameType.command;
  if (exPackets[packetType] === 'codedFrames' && !isCommand && payload.length >= 5) {
    const shared = codedFramesByCode.get(payload.readUInt32BE(1));
    if (shared !== undefined) return shared[frameType];
  }
  const chain = walkModEx(payload);
  if (chain === undefined) return undefined;
  // One byte of command instead of a FourCC; the frame type of metadata is to be ignored.
  if (isCommand && chain.packetType !== metadataPacketType) return undefined;
  const ex = readExTracks(payload, chain, multitrackPacketType);
  const packet = ex && exPackets[ex.packetType];
  return packet && header(packet, frameType, ex.tracks, chain.timestampOffsetNs);
}
