/** Message type ids. @see RTMP 1.0 sections 5.4 and 7.1, User Control in 7.1.7 */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** One whole message as the chunk stream carried it; its type may be one that nobody knows. */
export interface RawMessage {
  /** Message type id; usually a {@link MessageType}. */
  readonly type: number;
  /** Milliseconds, uint32, wraps. */
  readonly timestamp: number;
  readonly messageStreamId: number;
  /** A view of received bytes or a buffer of its own: read only. Whoever keeps it beyond the read that it came with keeps a copy. */
  readonly payload: Buffer;
}

/** A message that carries a part of a stream: audio, video or data. */
export type MediaType = (typeof MessageType)['audio' | 'video' | 'dataAmf0' | 'dataAmf3'];

/** Whether messages of this type carry a part of a stream. */
export function isMediaType(type: number): type is MediaType {
  const { audio, video, dataAmf0, dataAmf3 } = MessageType;
  return type === audio || type === video || type === dataAmf0 || type === dataAmf3;
}

/** Whether messages of this type are commands. */
export function isCommandType(type: number): boolean {
  return type === MessageType.commandAmf0 || type === MessageType.commandAmf3;
}
