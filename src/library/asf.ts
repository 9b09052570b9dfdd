/**
 * ASF, the container of Windows Media: reads headers and data packets as their bytes come, and rewrites packets without decoding.
 * @module streampump/asf
 */
export { type ErrorCode, ProtocolError } from '../errors.ts';
export { type AsfFilePart, AsfFileReader } from '../protocol/asf/asf-file-reader.ts';
export {
  type AsfHeader,
  asfHeaderBytes,
  haveSameStreams,
  headerObjectBytes,
  MAX_ASF_HEADER_BYTES,
  readAsfHeader,
} from '../protocol/asf/asf-header.ts';
export { type AsfPacket, type AsfPacketLayout, readAsfPacket } from '../protocol/asf/asf-packet.ts';
export type { AsfPayload } from '../protocol/asf/asf-payload.ts';
export {
  beginningPacket,
  broadcastHeader,
  fullAsfPacket,
  paddablePacket,
  shiftAsfTimes,
} from '../protocol/asf/asf-rewriting.ts';
export type { AsfStream, AsfStreamType } from '../protocol/asf/asf-stream.ts';
export type { WorkMeter } from '../protocol/work-meter.ts';
