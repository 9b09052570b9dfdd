/**
 * FLV: reads and writes the tags of a file or of a live stream, and takes audio and video messages apart, in the forms of FLV 10.1 and of
 * Enhanced RTMP.
 * @module streampump/flv
 */
export { type ErrorCode, ProtocolError } from '../errors.ts';
export {
  type AudioMessage,
  type AudioTrack,
  decodeAudioMessage,
  type EnhancedAudioMessage,
  encodeAudioMessage,
  type LegacyAudioMessage,
} from '../protocol/flv/audio-message.ts';
export {
  type AudioPacket,
  type AudioTagHeader,
  decodeAudioTagHeader,
} from '../protocol/flv/audio-tag-header.ts';
export type { TagHeader, Track } from '../protocol/flv/ex-tag-header.ts';
export { readFlv, writeFlv } from '../protocol/flv/flv-file.ts';
export {
  encodeFlvFileHeader,
  encodeFlvTag,
  type FlvContent,
  type FlvTagContent,
  FlvTagType,
  flvTagBytes,
  MAX_FLV_TAG_BYTES,
  writeFlvTag,
} from '../protocol/flv/flv-tag.ts';
export { type FlvTag, FlvTagReader, type FlvTagReaderOptions } from '../protocol/flv/flv-tag-reader.ts';
export { FourCc } from '../protocol/flv/fourcc.ts';
export {
  type AacConfig,
  type AvcConfig,
  decodeAacConfig,
  decodeAvcConfig,
  encodeAacConfig,
  encodeAvcConfig,
} from '../protocol/flv/sequence-header.ts';
export {
  decodeVideoMessage,
  type EnhancedVideoMessage,
  encodeVideoMessage,
  type LegacyVideoMessage,
  type VideoMessage,
  type VideoTrack,
} from '../protocol/flv/video-message.ts';
export {
  decodeVideoTagHeader,
  type LegacyVideoPacket,
  VideoFrameType,
  type VideoPacket,
  type VideoTagHeader,
} from '../protocol/flv/video-tag-header.ts';
export type { WorkMeter } from '../protocol/work-meter.ts';
