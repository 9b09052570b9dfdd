import { encodeAmf0 } from '../../protocol/amf/amf0.ts';
import {
  chunkedSize,
  type MessageHeader,
  scatterChunks,
  writeChunks,
} from '../../protocol/rtmp/chunk/chunk-writer.ts';
import type { FrameWriter, Packing, WireForm } from '../../stream/fan-out/wire-form.ts';
import type { Frame } from '../../stream/frame.ts';
import { FlvMessageType, flvFamily as family } from './flv-family.ts';
import { wireTime } from './wire-time.ts';

/** What an RTMP player wants to get, and the message stream on which it gets it. */
export interface RtmpWish {
  readonly messageStreamId: number;
  readonly audio: boolean;
  readonly video: boolean;
}

/** The forms that were used: one for nearly all players, and few others, since message stream ids are small. */
const forms = new Map<string, WireForm>();

/** The wire form of an RTMP player: chunks that depend on nothing but the message stream id and the kinds of frames. */
export function rtmpWireForm(wish: RtmpWish): WireForm {
  const id = `${wish.messageStreamId} ${wish.audio} ${wish.video}`;
  let form = forms.get(id);
  if (form === undefined) {
    form = { protocol: 'rtmp', family, packing: rtmpPacking(wish) };
    forms.set(id, form);
  }
  return form;
}

/** All but what nearly all players want is rare: of the rest there are too many to keep anything in each. */
function rtmpPacking({ messageStreamId, audio, video }: RtmpWish): Packing {
  const isRare = messageStreamId !== 1 || !audio || !video;
  return {
    ...(isRare ? scatteringWriter(messageStreamId) : chunkWriter(messageStreamId)),
    hasVideo: video,
    isRare,
    includes: ({ kind }) => (kind === 'video' ? video : kind === 'audio' ? audio : true),
  };
}

function chunkWriter(messageStreamId: number): FrameWriter {
  return {
    sizeOf: (frame, timestamp) => chunkedSize(frame.payload.length, wireTime(frame, timestamp)),
    write: (target, at, frame, timestamp) =>
      writeChunks(target, at, headerOf(frame, timestamp, messageStreamId), frame.payload),
  };
}

function scatteringWriter(messageStreamId: number): Required<FrameWriter> {
  return {
    ...chunkWriter(messageStreamId),
    scatter: (frame, timestamp) => scatterChunks(headerOf(frame, timestamp, messageStreamId), frame.payload),
  };
}

function headerOf(frame: Frame, timestamp: number, messageStreamId: number): MessageHeader {
  return { type: frame.tag as FlvMessageType, timestamp: wireTime(frame, timestamp), messageStreamId };
}

/** What a publisher puts before onMetaData: some servers take it for metadata with this only. */
const SET_DATA_FRAME = encodeAmf0('@setDataFrame');

const publishForms = new Map<number, WireForm>();

/** The wire form of a stream that is published to another server. */
export function rtmpPublishForm(messageStreamId: number): WireForm {
  let form = publishForms.get(messageStreamId);
  if (form === undefined) {
    form = { protocol: 'rtmp', family, packing: publishPacking(messageStreamId) };
    if (publishForms.size < MAX_PUBLISH_FORMS) publishForms.set(messageStreamId, form);
  }
  return form;
}

/** Servers choose the id, and nearly all choose 1. */
const MAX_PUBLISH_FORMS = 64;

/** Few forwards lead from one stream: nothing is kept for them. */
function publishPacking(messageStreamId: number): Packing {
  const plain = scatteringWriter(messageStreamId);
  const isPrefixed = ({ role, tag }: Frame): boolean =>
    role === 'metadata' && tag === FlvMessageType.dataAmf0;
  const prefixed = (frame: Frame): Frame =>
    isPrefixed(frame) ? { ...frame, payload: Buffer.concat([SET_DATA_FRAME, frame.payload]) } : frame;
  return {
    hasVideo: true,
    isRare: true,
    includes: () => true,
    sizeOf: (frame, timestamp) => plain.sizeOf(prefixed(frame), timestamp),
    write: (target, at, frame, timestamp) => plain.write(target, at, prefixed(frame), timestamp),
    scatter: (frame, timestamp) => plain.scatter(prefixed(frame), timestamp),
  };
}
