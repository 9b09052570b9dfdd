import { chunkedSize, writeChunks } from '../protocol/rtmp/chunk-writer.ts';
import { type Frame, FrameType } from './frame.ts';
import type { Packing, WireForm } from './wire-form.ts';

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
    form = { protocol: 'rtmp', packing: rtmpPacking(wish) };
    forms.set(id, form);
  }
  return form;
}

function rtmpPacking({ messageStreamId, audio, video }: RtmpWish): Packing {
  return {
    hasVideo: video,
    includes: ({ type }: Frame) =>
      type === FrameType.video ? video : type === FrameType.audio ? audio : true,
    sizeOf: ({ payload }, timestamp) => chunkedSize(payload.length, timestamp),
    write: (target, at, { type, payload }, timestamp) =>
      writeChunks(target, at, { type, timestamp, messageStreamId }, payload),
  };
}
