import { defaultTrack, readExTracks, type TagHeader, type Track, walkModEx } from './ex-tag-header.ts';
import { FourCc, fourCcCode } from './fourcc.ts';

/** What an audio message is. */
export type AudioPacket = 'sequenceStart' | 'codedFrames' | 'sequenceEnd' | 'multichannelConfig';

/** What the first bytes of an audio message tell. */
export type AudioTagHeader = TagHeader<AudioPacket>;

/** SoundFormat of Enhanced RTMP. */
export const exSoundFormat = 9;
/** SoundFormat of AAC. */
export const aacSoundFormat = 10;
/** AudioPacketType of a message that has several tracks, or says which one it has. */
export const multitrackPacketType = 5;

/** AudioPacketType; Multitrack 5 and ModEx 7 lead to one of these, the others are reserved. */
export const exPackets: Readonly<Record<number, AudioPacket>> = {
  0: 'sequenceStart',
  1: 'codedFrames',
  2: 'sequenceEnd',
  4: 'multichannelConfig',
};

/** SoundFormat, except AAC and the extended header. @see FLV 10.1 section E.4.2.1 */
const legacyCodecs: Readonly<Record<number, string>> = {
  0: 'pcm',
  1: 'adpcm',
  2: 'mp3',
  3: 'pcm',
  4: 'nellymoser',
  5: 'nellymoser',
  6: 'nellymoser',
  7: 'alaw',
  8: 'mulaw',
  11: 'speex',
  14: 'mp3',
  15: 'native',
};

function header(
  packet: AudioTagHeader['packet'],
  tracks: readonly Track[],
  timestampOffsetNs = 0,
): AudioTagHeader {
  return Object.freeze({ packet, tracks: Object.freeze(tracks), timestampOffsetNs });
}

const otherHeader = header('other', []);
const aacTrack = defaultTrack(FourCc.aac);
const aacSequenceStart = header('sequenceStart', aacTrack);
const aacCodedFrames = header('codedFrames', aacTrack);
const legacyHeaders = new Map(
  Object.entries(legacyCodecs).map(([soundFormat, name]) => [
    Number(soundFormat),
    header('codedFrames', defaultTrack(name)),
  ]),
);
const codedFramesByCode = new Map(
  [FourCc.ac3, FourCc.eac3, FourCc.opus, FourCc.mp3, FourCc.flac, FourCc.aac].map((fourCc) => [
    fourCcCode(fourCc),
    header('codedFrames', defaultTrack(fourCc)),
  ]),
);

/**
 * Decodes the header of an audio message, legacy or extended. Never throws.
 * @param payload - the whole message. Not kept.
 * @see FLV 10.1 section E.4.2.1; Enhanced RTMP v2, ExAudioTagHeader
 */
export function decodeAudioTagHeader(payload: Buffer): AudioTagHeader {
  const first = payload[0];
  if (first === undefined) return otherHeader; // an empty audio message announces silence
  const soundFormat = first >> 4;
  if (soundFormat === aacSoundFormat) {
    const aacPacketType = payload[1];
    if (aacPacketType === 1) return aacCodedFrames;
    return aacPacketType === 0 ? aacSequenceStart : otherHeader;
  }
  if (soundFormat === exSoundFormat) return decodeExAudioTagHeader(payload, first & 0x0f);
  return legacyHeaders.get(soundFormat) ?? otherHeader;
}

function decodeExAudioTagHeader(payload: Buffer, packetType: number): AudioTagHeader {
  if (exPackets[packetType] === 'codedFrames' && payload.length >= 5) {
    const shared = codedFramesByCode.get(payload.readUInt32BE(1));
    if (shared !== undefined) return shared;
  }
  const chain = walkModEx(payload);
  const ex = chain && readExTracks(payload, chain, multitrackPacketType);
  const packet = ex && exPackets[ex.packetType];
  return packet ? header(packet, ex.tracks, chain.timestampOffsetNs) : otherHeader;
}
