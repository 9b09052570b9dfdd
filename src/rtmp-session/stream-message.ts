import type { AmfObject } from '../protocol/amf/amf-value.ts';
import { type MediaType, MessageType } from '../protocol/rtmp/message/message.ts';

/** A message of a stream. */
export interface StreamMessage {
  readonly type: 'audio' | 'video' | 'data';
  /** Milliseconds, uint32, wraps. */
  readonly timestamp: number;
  /** Of audio and video the body of an FLV tag; of data values of AMF0, the name first, of which any may be one of AMF3. */
  readonly payload: Uint8Array;
}

/** What else a server says of a stream that it sends: an onStatus, or whether nothing comes for now, as its publisher has gone. */
export type StreamNotice =
  | { readonly type: 'status'; readonly code: string; readonly information: AmfObject }
  | { readonly type: 'dry'; readonly isDry: boolean };

/** The type that a message has on the wire; data in AMF3 has another one. */
export const mediaTypeOf: Readonly<Record<StreamMessage['type'], MediaType>> = {
  audio: MessageType.audio,
  video: MessageType.video,
  data: MessageType.dataAmf0,
};

/** What a message of this type on the wire is. */
export function messageTypeOf(type: MediaType): StreamMessage['type'] {
  if (type === MessageType.audio) return 'audio';
  return type === MessageType.video ? 'video' : 'data';
}
