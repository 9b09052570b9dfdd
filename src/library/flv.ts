/**
 * FLV: reads the tags of a file or of a live stream as its bytes come, and tells what audio and video messages are, in the forms of
 * FLV 10.1 and of Enhanced RTMP.
 * @module streampump/flv
 */
export { type ErrorCode, ProtocolError } from '../errors.ts';
export {
  type AudioPacket,
  type AudioTagHeader,
  decodeAudioTagHeader,
} from '../protocol/flv/audio-tag-header.ts';
export type { TagHeader, Track } from '../protocol/flv/ex-tag-header.ts';
export {
  encodeFlvFileHeader,
  FlvTagType,
  flvTagBytes,
  flvTagHeaderBytes,
  writeFlvTagHeader,
  writePreviousTagSize,
} from '../protocol/flv/flv-tag.ts';
export { type FlvTag, FlvTagReader } from '../protocol/flv/flv-tag-reader.ts';
export { FourCc } from '../protocol/flv/fourcc.ts';
export {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoPacket,
  type VideoTagHeader,
} from '../protocol/flv/video-tag-header.ts';
export type { WorkMeter } from '../protocol/work-meter.ts';
