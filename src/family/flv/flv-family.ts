import type { MediaFamily } from '../../stream/media-family.ts';

/** What RTMP carries and FLV files hold. The tag of a frame is the type of its message, a {@link FlvMessageType}. */
export const flvFamily: MediaFamily = { name: 'FLV' };

/** The RTMP message types that a stream is made of; but for data of type 15 they are the tag types of FLV as well. */
export const FlvMessageType = { audio: 8, video: 9, dataAmf3: 15, dataAmf0: 18 } as const;

/** One of the RTMP message types that a stream is made of. */
export type FlvMessageType = (typeof FlvMessageType)[keyof typeof FlvMessageType];
