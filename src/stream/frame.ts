import type { MediaFamily } from './media-family.ts';

/** What a frame carries; `mixed`: audio and video in one packet, which can only go out or be left out as a whole. */
export type FrameKind = 'audio' | 'video' | 'data' | 'mixed';

/** What every frame has. Whoever makes a frame hands it over for good: its stream sets what is not readonly. */
interface FrameBase {
  readonly family: MediaFamily;
  readonly kind: FrameKind;
  /** For the family alone, uint32: what the other fields do not say and its wire forms need. */
  readonly tag: number;
  /** Milliseconds, uint32: wraps at 2^32. As it came in, then as it goes out. */
  timestamp: number;
  /**
   * To be written as it is. It may be a view of memory that is read into again as soon as whoever was given the frame has returned:
   * whoever keeps it calls `ownMemory` before, and then its bytes never change.
   */
  payload: Buffer;
  /** Counts the packets of the stream, which are its coded and other frames: uint32, wraps. Set as the frame goes out. */
  number: number;
}

/** Metadata: the latest is sent to a player that joins. */
export interface MetadataFrame extends FrameBase {
  readonly role: 'metadata';
  /** What it replaces: the metadata before it. */
  readonly headerKeys: readonly string[];
}

/** What a decoder needs before the first coded frame: a sequence header, a channel layout, HDR metadata. */
export interface HeaderFrame extends FrameBase {
  readonly role: 'header';
  /** One per track, such as `video/sequenceStart/0`: replaces the header that had this key, whatever its codec was. */
  readonly headerKeys: readonly string[];
}

/** Audio or video to be decoded: what drives the timeline of the stream. */
export interface CodedFrame extends FrameBase {
  readonly role: 'coded';
  /** The ids of its tracks, 0 to 255. */
  readonly tracks: readonly number[];
  /** A random access point of the default video track; false for all audio. */
  readonly isKeyframe: boolean;
}

/** Everything else, and all that is not understood: forwarded when it comes. */
export interface OtherFrame extends FrameBase {
  readonly role: 'other';
  /** Whether it is for those only who play now: nobody gets it who comes later. */
  readonly isPassing?: boolean;
}

/** One piece of a stream, told apart once, where it came in. */
export type Frame = MetadataFrame | HeaderFrame | CodedFrame | OtherFrame;

/** What a frame is for; see the frame of each role. */
export type FrameRole = Frame['role'];

/** What a decoder needs first: see {@link MetadataFrame} and {@link HeaderFrame}. */
export type PrefaceFrame = MetadataFrame | HeaderFrame;

/** Whether the frame is one that a decoder needs first. */
export function isPreface(frame: Frame): frame is PrefaceFrame {
  return frame.role === 'metadata' || frame.role === 'header';
}

/** Whether the frame is for those only who play now. */
export function isPassing(frame: Frame): boolean {
  return frame.role === 'other' && frame.isPassing === true;
}

/** Of how many tracks a frame is, or tells. */
export function trackCount(frame: Frame): number {
  if (frame.role === 'coded') return frame.tracks.length;
  return frame.role === 'header' ? frame.headerKeys.length : 0;
}

/** Whether frames of this kind have video in them. */
export function hasVideo(kind: FrameKind): boolean {
  return kind === 'video' || kind === 'mixed';
}

/** Whether frames of this kind have audio in them. */
export function hasAudio(kind: FrameKind): boolean {
  return kind === 'audio' || kind === 'mixed';
}

/** How many frames of video begin in a coded frame. */
export function videoFramesIn(frame: CodedFrame): number {
  return hasVideo(frame.kind) ? (frame.family.videoFramesIn?.(frame) ?? 1) : 0;
}
