import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import type { MediaMessage } from './test-client.ts';

/** Bytes of a message, written as hex and as 'text' in quotes; blanks do not count. */
function bytesOf(notation: string): Buffer {
  const parts = notation.match(/'[^']*'|[0-9a-f]{2}/g) ?? [];
  return Buffer.concat(
    parts.map((part) => (part.startsWith("'") ? Buffer.from(part.slice(1, -1)) : Buffer.from(part, 'hex'))),
  );
}

/** A video message. */
export const video = (timestamp: number, notation: string): MediaMessage => ({
  type: 9,
  timestamp,
  payload: bytesOf(notation),
});
/** An audio message. */
export const audio = (timestamp: number, notation: string): MediaMessage => ({
  type: 8,
  timestamp,
  payload: bytesOf(notation),
});

const colorInfo = encodeAmf0(
  'colorInfo',
  amfObject({ colorConfig: amfObject({ bitDepth: 10, colorPrimaries: 9 }) }),
).toString('hex');

/** Decoder configuration of HEVC. */
export const hvcC = '01 01 60 00 00 00 90 00 00 00 00 00 5d f0 00 fc fd fa fa 00 00 0f 00';
const av1C = '81 05 0c 00 0a 0b 00 00 00 24 cf 7f 0d bf ff 38 18';
const opusHead = "'OpusHead' 01 02 38 01 80 bb 00 00 00 00 00";
/** Decoder configuration of H.264. */
export const avcC = '01 4d 40 1e ff e1 00 04 67 4d 40 1e 01 00 04 68 ee 3c 80';

/**
 * What a publisher sends of each kind: headers, a first group that nobody needs any more, then a group that a late joiner
 * must get from its keyframe on. @see Enhanced RTMP v2, ExVideoTagHeader and ExAudioTagHeader
 */
export interface EnhancedScenario {
  readonly name: string;
  readonly headers: readonly MediaMessage[];
  readonly before: readonly MediaMessage[];
  readonly group: readonly MediaMessage[];
}

/** Media of each kind that Enhanced RTMP has. */
export const enhancedScenarios: readonly EnhancedScenario[] = [
  {
    name: 'HEVC (hvc1) with HDR metadata',
    headers: [video(0, `90 'hvc1' ${hvcC}`), video(0, `94 'hvc1' ${colorInfo}`)],
    before: [video(0, "91 'hvc1' 00 00 50 00 00 00 02 26 01"), video(40, "a3 'hvc1' 00 00 00 02 02 01")],
    group: [
      video(80, "91 'hvc1' 00 00 50 00 00 00 03 28 01 aa"), // CodedFrames: with a composition time
      video(120, "a1 'hvc1' ff ff d8 00 00 00 03 02 01 bb"),
      video(160, "a3 'hvc1' 00 00 00 03 02 01 cc"), // CodedFramesX: without
    ],
  },
  {
    name: 'AV1 and Opus',
    headers: [video(0, `90 'av01' ${av1C}`), audio(0, `90 'Opus' ${opusHead}`)],
    before: [
      video(0, "91 'av01' 12 00 0a 0b aa"),
      audio(5, "91 'Opus' fc 01"),
      video(33, "a1 'av01' 12 00 32 01"),
    ],
    group: [
      video(66, "91 'av01' 12 00 0a 0b bb"),
      audio(70, "91 'Opus' fc ff fe"),
      video(99, "a1 'av01' 12 00 32 02"),
      audio(90, "91 'Opus' fc 00"),
    ],
  },
  {
    name: 'Opus with a channel layout (MultichannelConfig) and VP9',
    headers: [
      audio(0, `90 'Opus' ${opusHead}`),
      audio(0, "94 'Opus' 01 06 00 00 00 3f"),
      video(0, "90 'vp09' 01 00 00 00 00 0a 82 02 02 02 00 00"),
    ],
    before: [video(0, "91 'vp09' 82 49 83 42"), audio(0, "91 'Opus' fc 01")],
    group: [video(66, "91 'vp09' 82 49 83 43"), audio(70, "91 'Opus' fc 02"), video(99, "a1 'vp09' 86 00")],
  },
  {
    name: 'multitrack: two video tracks of one codec, two audio tracks of two codecs',
    headers: [
      video(0, `90 'avc1' ${avcC}`),
      video(0, `96 00 'avc1' 01 ${avcC}`), // OneTrack, SequenceStart, track 1
      audio(0, `95 20 'Opus' 00 00 00 13 ${opusHead} 'mp4a' 01 00 00 02 12 10`), // ManyTracksManyCodecs
    ],
    before: [
      video(0, "91 'avc1' 00 00 00 00 00 00 02 65 88"),
      video(0, "96 01 'avc1' 01 00 00 00 00 00 00 02 65 89"),
    ],
    group: [
      // ManyTracks, CodedFrames: keyframes of tracks 0 and 1 in one message
      video(80, "96 11 'avc1' 00 00 00 09 00 00 00 00 00 00 02 65 8a 01 00 00 08 00 00 00 00 00 00 01 65"),
      audio(85, "95 21 'Opus' 00 00 00 02 fc 01 'mp4a' 01 00 00 03 21 1a 4f"),
      video(120, "a6 01 'avc1' 01 00 00 00 00 00 00 02 41 01"), // OneTrack, track 1 alone
      video(120, "a1 'avc1' 00 00 00 00 00 00 02 41 02"),
    ],
  },
  {
    name: 'ModEx: nanosecond offsets, a chain, and one of an unknown kind with a 16-bit size',
    headers: [video(0, `90 'hvc1' ${hvcC}`), audio(0, `90 'Opus' ${opusHead}`)],
    before: [video(0, "91 'hvc1' 00 00 00 00 00 00 01 26")],
    group: [
      video(80, "97 02 01 e2 40 01 'hvc1' 00 00 00 00 00 00 01 28"), // 123,456 ns, then CodedFrames
      audio(80, "97 02 00 27 10 01 'Opus' fc 07"),
      video(120, "a7 02 00 00 01 17 00 aa 03 'hvc1' 00 00 00 01 02"), // a second ModEx of kind 1 behind the first
      video(160, `a7 ff 01 00 ${'5a '.repeat(257)} f3 'hvc1' 00 00 00 01 03`),
    ],
  },
  {
    name: 'a FourCC that nobody knows',
    headers: [video(0, "90 'zz99' de ad be ef"), audio(0, "90 'qq77' 01 02 03")],
    before: [video(0, "91 'zz99' 01"), audio(10, "91 'qq77' 01")],
    group: [video(80, "91 'zz99' 02"), audio(90, "91 'qq77' 02"), video(120, "a1 'zz99' 03")],
  },
  {
    name: 'HEVC as legacy codec id 12, with AAC',
    headers: [video(0, `1c 00 00 00 00 ${hvcC}`), audio(0, 'af 00 12 10')],
    before: [
      video(0, '1c 01 00 00 50 00 00 00 02 26 01'),
      audio(10, 'af 01 21 10'),
      video(40, '2c 01 00 00 00 aa'),
    ],
    group: [
      video(80, '1c 01 00 00 50 00 00 00 02 28 01'),
      audio(90, 'af 01 21 11'),
      video(120, '2c 01 00 00 28 bb'),
    ],
  },
];
