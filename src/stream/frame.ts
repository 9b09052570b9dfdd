import type { Track } from '../protocol/flv/ex-tag-header.ts';

/** The RTMP message types that a stream is made of. */
export const FrameType = { audio: 8, video: 9, dataAmf3: 15, dataAmf0: 18 } as const;

/** One of the RTMP message types that a stream is made of. */
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

interface FrameBase {
  readonly type: FrameType;
  /** Milliseconds, uint32: wraps at 2^32. */
  readonly timestamp: number;
  /** The message body, to be written as it is: never changed, maybe a view of received bytes. */
  readonly payload: Buffer;
}

/** onMetaData: the latest one is sent to a player that joins. */
export interface MetadataFrame extends FrameBase {
  readonly role: 'metadata';
}

/** What a decoder needs before the first coded frame: a sequence header, a channel layout, HDR metadata. */
export interface HeaderFrame extends FrameBase {
  readonly role: 'header';
  /** One per track, such as `video/sequenceStart/0`: replaces the header that had this key, whatever its codec was. */
  readonly headerKeys: readonly string[];
  readonly tracks: readonly Track[];
}

/** Audio or video to be decoded: what drives the timeline of the stream. */
export interface CodedFrame extends FrameBase {
  readonly role: 'coded';
  readonly tracks: readonly Track[];
  /** The ids of `tracks`. */
  readonly trackIds: readonly number[];
  /** A random access point of the default video track; false for all audio. */
  readonly isKeyframe: boolean;
}

/** Everything else, and all that is not understood: forwarded when it comes, never cached. */
export interface OtherFrame extends FrameBase {
  readonly role: 'other';
}

/** One audio, video or data message of a stream with its timestamp. */
export type Frame = MetadataFrame | HeaderFrame | CodedFrame | OtherFrame;

/** What a frame is for; see the frame of each role. */
export type FrameRole = Frame['role'];
