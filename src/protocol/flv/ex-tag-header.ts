/**
 * What the extended audio and video tag headers have in common: behind the packet type in the low half of the
 * first byte a chain of ModEx packets may follow, then one FourCC, or the tracks of a multitrack message.
 * Nothing here throws: undefined stands for whatever is truncated, contradictory or reserved.
 * @see Enhanced RTMP v2, ExAudioTagHeader and ExVideoTagHeader
 */
import { fourCcName } from './fourcc.ts';

/** One track of a message. */
export interface Track {
  /** 0 to 255; 0 is the default track, and the only one of a message without multitrack. */
  readonly trackId: number;
  /** The codec: its FourCC, or a short name for a legacy codec that has none. */
  readonly fourCc: string;
}

/** What the first bytes of a message tell. Frozen and shared between messages that are alike. */
export interface TagHeader<Packet extends string> {
  /** `other` for whatever is unknown, reserved or truncated: forward it as it is. */
  readonly packet: Packet | 'other';
  /** Every track of the message, at least one; empty where `packet` is `other`. */
  readonly tracks: readonly Track[];
  /** Nanoseconds to add to the timestamp of the message, 0 where its header has none. */
  readonly timestampOffsetNs: number;
}

/** The tracks of a message with one codec and no track id. */
export function defaultTrack(fourCc: string): readonly Track[] {
  return Object.freeze([Object.freeze({ trackId: 0, fourCc })]);
}

/** Where the ModEx chain of an extended header ends. */
export interface ModExEnd {
  /** The packet type behind the chain; never ModEx. */
  readonly packetType: number;
  /** Index of the byte behind the packet type: that of the FourCC, the multitrack type or the video command. */
  readonly at: number;
  /** TimestampOffsetNano: nanoseconds to add to the timestamp, 0 where there is none. */
  readonly timestampOffsetNs: number;
}

const modExPacketType = 7;
/** The 4 bits of a ModEx type allow no more kinds than this, and each is of use once. */
const maxModExPackets = 16;
const timestampOffsetNano = 0;

const MultitrackType = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;
/** A track id is one byte; without a limit, tracks of size 0 would cost more memory than their message. */
const maxTracks = 256;

/** Walks the ModEx packets of an extended header, of which there may be none. */
export function walkModEx(payload: Buffer): ModExEnd | undefined {
  let packetType = (payload[0] ?? 0) & 0x0f;
  let at = 1;
  let timestampOffsetNs = 0;
  for (let packets = 0; packetType === modExPacketType; packets++) {
    if (packets === maxModExPackets || at + 3 > payload.length) return undefined;
    let size = payload.readUInt8(at) + 1;
    at += 1;
    if (size === 256) {
      size = payload.readUInt16BE(at) + 1; // 0xff announces a 16-bit size
      at += 2;
    }
    const types = payload[at + size];
    if (types === undefined) return undefined;
    if (types >> 4 === timestampOffsetNano && size >= 3) timestampOffsetNs = payload.readUIntBE(at, 3);
    packetType = types & 0x0f;
    at += size + 1;
  }
  return { packetType, at, timestampOffsetNs };
}

/** A track of an extended message, and where its data stands. */
export interface TrackSpan extends Track {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the FourCC, or every track of a multitrack message, behind the ModEx chain.
 * @param multitrackPacketType - the packet type that means Multitrack: 5 for audio, 6 for video.
 * @returns the packet type that holds for every track, never Multitrack, and the tracks
 */
export function readExTracks(
  payload: Buffer,
  chain: ModExEnd,
  multitrackPacketType: number,
): { readonly packetType: number; readonly tracks: readonly Track[] } | undefined {
  const spans = readExSpans(payload, chain, multitrackPacketType);
  return spans && { ...spans, tracks: spans.tracks.map(({ trackId, fourCc }) => ({ trackId, fourCc })) };
}

/** As {@link readExTracks}, with the place of each track's data. */
function readExSpans(
  payload: Buffer,
  { packetType, at }: ModExEnd,
  multitrackPacketType: number,
): { readonly packetType: number; readonly tracks: readonly TrackSpan[] } | undefined {
  if (packetType !== multitrackPacketType) {
    const start = at + 4;
    const end = payload.length;
    if (start > end) return undefined;
    return { packetType, tracks: [{ trackId: 0, fourCc: fourCcName(payload.readUInt32BE(at)), start, end }] };
  }
  const types = payload[at];
  if (types === undefined) return undefined;
  const trackPacketType = types & 0x0f;
  if (trackPacketType === multitrackPacketType || trackPacketType === modExPacketType) return undefined;
  const tracks = readTracks(payload, at + 1, types >> 4);
  return tracks && { packetType: trackPacketType, tracks };
}

/** An extended message as a whole: what all of its tracks have in common, and where each stands. */
export function readExMessage(
  payload: Buffer,
  multitrackPacketType: number,
):
  | {
      readonly packetType: number;
      readonly timestampOffsetNs: number;
      readonly tracks: readonly TrackSpan[];
    }
  | undefined {
  const chain = walkModEx(payload);
  const spans = chain && readExSpans(payload, chain, multitrackPacketType);
  return spans && { ...spans, timestampOffsetNs: chain.timestampOffsetNs };
}

/** Walks the tracks of a multitrack message: all of them, to the last byte of its payload. */
function readTracks(
  payload: Buffer,
  start: number,
  multitrackType: number,
): readonly TrackSpan[] | undefined {
  if (multitrackType > MultitrackType.manyTracksManyCodecs) return undefined;
  const fourCcPerTrack = multitrackType === MultitrackType.manyTracksManyCodecs;
  const sizePerTrack = multitrackType !== MultitrackType.oneTrack;
  const trackHeaderBytes = (fourCcPerTrack ? 4 : 0) + 1 + (sizePerTrack ? 3 : 0);
  let at = start;
  let fourCc = '';
  if (!fourCcPerTrack) {
    if (at + 4 > payload.length) return undefined;
    fourCc = fourCcName(payload.readUInt32BE(at));
    at += 4;
  }
  const tracks: TrackSpan[] = [];
  do {
    if (tracks.length === maxTracks || at + trackHeaderBytes > payload.length) return undefined;
    if (fourCcPerTrack) fourCc = fourCcName(payload.readUInt32BE(at));
    at += trackHeaderBytes;
    const trackId = payload.readUInt8(at - (sizePerTrack ? 4 : 1));
    // the only track has no size: the rest is its data
    const end = sizePerTrack ? at + payload.readUIntBE(at - 3, 3) : payload.length;
    tracks.push({ trackId, fourCc, start: at, end });
    at = end;
  } while (at < payload.length);
  return at === payload.length ? tracks : undefined;
}

/** What an extended message is written of. */
export interface ExContent {
  /** The high half of its first byte: the frame type with the bit that announces an extended header, or the sound format 9. */
  readonly high: number;
  readonly packetType: number;
  readonly multitrackPacketType: number;
  readonly timestampOffsetNs: number;
  /** With the bytes of each, in front of which its composition time stands already. */
  readonly tracks: readonly (Track & { readonly data: Uint8Array })[];
}

/**
 * Writes an extended message: without multitrack where there is only the default track.
 * @throws RangeError for no track or over 256, a FourCC that is none, an offset beyond 999,999 ns
 */
export function encodeExMessage(content: ExContent): Buffer {
  const { high, packetType, multitrackPacketType, timestampOffsetNs, tracks } = content;
  const [first] = tracks;
  if (first === undefined || tracks.length > maxTracks) throw new RangeError(`${tracks.length} tracks`);
  if (!(timestampOffsetNs >= 0 && timestampOffsetNs <= maxOffsetNs))
    throw new RangeError(`a timestamp offset of ${timestampOffsetNs} ns`);
  const isMultitrack = tracks.length > 1 || first.trackId !== 0;
  const outerType = isMultitrack ? multitrackPacketType : packetType;
  const parts: Uint8Array[] =
    timestampOffsetNs === 0
      ? [Buffer.of((high << 4) | outerType)]
      : [
          Buffer.of((high << 4) | modExPacketType, 2),
          uint24(timestampOffsetNs),
          Buffer.of((timestampOffsetNano << 4) | outerType),
        ];
  if (isMultitrack) {
    const type = multitrackTypeOf(tracks);
    parts.push(Buffer.of((type << 4) | packetType));
    if (type !== MultitrackType.manyTracksManyCodecs) parts.push(fourCcBytes(first.fourCc));
    for (const { trackId, fourCc, data } of tracks) {
      if (type === MultitrackType.manyTracksManyCodecs) parts.push(fourCcBytes(fourCc));
      if (!(trackId >= 0 && trackId < maxTracks)) throw new RangeError(`track id ${trackId}`);
      parts.push(Buffer.of(trackId));
      if (type !== MultitrackType.oneTrack) parts.push(uint24(data.length));
      parts.push(data);
    }
  } else parts.push(fourCcBytes(first.fourCc), first.data);
  return Buffer.concat(parts);
}

/** Less than a millisecond: the timestamp says the rest. */
const maxOffsetNs = 999_999;

function multitrackTypeOf(tracks: readonly Track[]): number {
  if (tracks.length === 1) return MultitrackType.oneTrack;
  const isOneCodec = tracks.every(({ fourCc }) => fourCc === tracks[0]?.fourCc);
  return isOneCodec ? MultitrackType.manyTracks : MultitrackType.manyTracksManyCodecs;
}

/** @throws RangeError for a number that needs more */
function uint24(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(3);
  bytes.writeUIntBE(value, 0, 3);
  return bytes;
}

/** @throws RangeError for anything but what `fourCcName` gives */
function fourCcBytes(fourCc: string): Buffer {
  const [, hex] = /^0x([\da-f]{8})$/.exec(fourCc) ?? [];
  if (hex === undefined && !/^[!-~]{4}$/.test(fourCc)) throw new RangeError(`no FourCC: ${fourCc}`);
  return hex === undefined ? Buffer.from(fourCc, 'latin1') : Buffer.from(hex, 'hex');
}
