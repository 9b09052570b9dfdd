/**
 * The head of a recorded FLV file: the file header and a tag `onMetaData` that has one length from the beginning to the end of the
 * recording. What the index does not need yet is filled with a long string behind the metadata, which readers do not look at.
 */
import { type AmfObject, amfObject, EcmaArray } from '../../protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../protocol/amf/amf0.ts';
import {
  encodeFlvFileHeader,
  encodeFlvTag,
  type FlvContent,
  FlvTagType,
  flvFileHeaderBytes,
  flvTagBytes,
  flvTagHeaderBytes,
  previousTagSizeBytes,
} from '../../protocol/flv/flv-tag.ts';
import { MAX_PLACES } from './start-index.ts';

/** What is said of a file in its head. */
export interface FlvHead {
  readonly content: FlvContent;
  /** What the source has said. */
  readonly brought: AmfObject;
  readonly durationMs: number;
  readonly lastTimestampMs: number;
  readonly bytes: number;
  readonly timesMs: readonly number[];
  readonly offsets: readonly number[];
}

const longString = 0x0c;
const longStringBytes = 5;
/** Of a place in the index: two doubles with their markers. */
const PLACE_BYTES = 18;
/** Where the payload of the metadata begins. */
const PAYLOAD_AT = flvFileHeaderBytes + previousTagSizeBytes + flvTagHeaderBytes;

/** How long the head of a file is. @param brought - of its source */
export function flvHeadBytes(brought: AmfObject): number {
  const shortest = metadataOf({
    content: { audio: true, video: true },
    brought,
    durationMs: 0,
    lastTimestampMs: 0,
    bytes: 0,
    timesMs: [],
    offsets: [],
  });
  const payload = shortest.length + PLACE_BYTES * MAX_PLACES + longStringBytes;
  return flvFileHeaderBytes + previousTagSizeBytes + flvTagBytes(payload);
}

/** @param headBytes - as {@link flvHeadBytes} says of the same source */
export function encodeFlvHead(head: FlvHead, headBytes: number): Buffer {
  const room = headBytes - PAYLOAD_AT - previousTagSizeBytes;
  const payload = Buffer.alloc(room, ' ');
  const end = fittingMetadata(head, room - longStringBytes).copy(payload);
  payload.writeUInt8(longString, end);
  payload.writeUInt32BE(room - end - longStringBytes, end + 1);
  const tag = encodeFlvTag({ type: FlvTagType.script, timestamp: 0, payload });
  return Buffer.concat([encodeFlvFileHeader(head.content), tag]);
}

/** Of a file's first bytes, how long its head is; undefined where it has none. @param begin - at least {@link FLV_HEAD_BEGIN_BYTES} */
export function flvHeadBytesIn(begin: Buffer): number | undefined {
  if (begin.length < PAYLOAD_AT || begin.toString('latin1', 0, 3) !== 'FLV') return undefined;
  const tagAt = flvFileHeaderBytes + previousTagSizeBytes;
  if (begin.readUInt8(tagAt) !== FlvTagType.script) return undefined;
  return tagAt + flvTagBytes(begin.readUIntBE(tagAt + 1, 3));
}

export const FLV_HEAD_BEGIN_BYTES: number = PAYLOAD_AT;

/** The payload of the metadata in a head. */
export function flvMetadataIn(head: Buffer): Buffer {
  return head.subarray(PAYLOAD_AT, head.length - previousTagSizeBytes);
}

/** The metadata with as much of the index as there is room for: a head that another version has begun may be shorter. */
function fittingMetadata(head: FlvHead, room: number): Buffer {
  const metadata = metadataOf(head);
  if (metadata.length <= room || head.offsets.length === 0) return metadata;
  const thinned = (list: readonly number[]): number[] => list.filter((_, at) => at % 2 === 1);
  return fittingMetadata({ ...head, timesMs: thinned(head.timesMs), offsets: thinned(head.offsets) }, room);
}

function metadataOf(head: FlvHead): Buffer {
  const { content, brought, durationMs, lastTimestampMs, bytes, timesMs, offsets } = head;
  const seconds = timesMs.map((timeMs) => timeMs / 1000);
  return encodeAmf0(
    'onMetaData',
    new EcmaArray(
      amfObject({
        ...brought,
        duration: durationMs / 1000,
        lasttimestamp: lastTimestampMs / 1000,
        filesize: bytes,
        hasVideo: content.video,
        hasAudio: content.audio,
        hasMetadata: true,
        hasKeyframes: offsets.length > 0,
        keyframes: amfObject({ times: seconds, filepositions: [...offsets] }),
      }),
    ),
  );
}
