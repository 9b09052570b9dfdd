import { type Frame, type FrameKind, type FrameRole, isPassing } from '../../../../stream/frame.ts';
import type { MediaFamily } from '../../../../stream/media-family.ts';

/**
 * Before each payload, big-endian: the family's position in the list that all threads share and the traits (uint8), tag,
 * timestamp and number (uint32), bytes of tracks and of keys (uint16) and payload size (uint32). Tracks, a byte each, or keys
 * follow.
 */
const HEADER_BYTES = 22;

const kinds: readonly FrameKind[] = ['audio', 'video', 'data', 'mixed'];
const roles: readonly FrameRole[] = ['metadata', 'header', 'coded', 'other'];

/** Traits of a frame: its kind in the low two bits, then two of its role, then whether it is a keyframe, and whether it is for those only who play now. */
const KEYFRAME = 0x10;
const PASSING = 0x20;

const KEY_END = '\n';
const noTracks: readonly number[] = [];
/** By its id, the tracks of a frame that has one. */
const singleTracks: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, id) =>
  Object.freeze([id]),
);

/** Writes frames for another thread of this program, and reads what such a thread wrote: nothing is told apart again. */
export class FrameCodec {
  readonly #families: readonly MediaFamily[];

  /** @param families - all that there are, in the same order in every thread */
  constructor(families: readonly MediaFamily[]) {
    this.#families = families;
  }

  /** Bytes that a frame takes. */
  sizeOf(frame: Frame): number {
    const size = HEADER_BYTES + frame.payload.length;
    if (frame.role === 'coded') return size + frame.tracks.length;
    return frame.role === 'other' ? size : size + Buffer.byteLength(frame.headerKeys.join(KEY_END));
  }

  /** Writes a frame and returns where the next one goes. */
  write(target: Buffer, at: number, frame: Frame): number {
    const { family, kind, role, tag, timestamp, number, payload } = frame;
    const traits = kinds.indexOf(kind) | (roles.indexOf(role) << 2);
    target[at] = this.#families.indexOf(family);
    const isKeyframe = role === 'coded' && frame.isKeyframe;
    target[at + 1] = traits | (isKeyframe ? KEYFRAME : 0) | (isPassing(frame) ? PASSING : 0);
    target.writeUInt32BE(tag, at + 2);
    target.writeUInt32BE(timestamp, at + 6);
    target.writeUInt32BE(number, at + 10);
    let end = at + HEADER_BYTES;
    if (role === 'coded') for (const track of frame.tracks) target[end++] = track;
    target.writeUInt16BE(end - at - HEADER_BYTES, at + 14);
    const keysBytes =
      role === 'metadata' || role === 'header' ? target.write(frame.headerKeys.join(KEY_END), end) : 0;
    target.writeUInt16BE(keysBytes, at + 16);
    target.writeUInt32BE(payload.length, at + 18);
    target.set(payload, end + keysBytes);
    return end + keysBytes + payload.length;
  }

  /** Writes frames one behind the other. */
  pack(frames: readonly Frame[]): SharedArrayBuffer {
    let size = 0;
    for (const frame of frames) size += this.sizeOf(frame);
    const shared = new SharedArrayBuffer(size);
    const bytes = Buffer.from(shared);
    let at = 0;
    for (const frame of frames) at = this.write(bytes, at, frame);
    return shared;
  }

  /** The frames in one buffer, in order; their payloads are views of it. */
  *unpack(frames: SharedArrayBuffer): Generator<Frame> {
    const bytes = Buffer.from(frames);
    for (let at = 0; at < bytes.length; ) {
      const frame = this.read(bytes, at);
      yield frame;
      at += this.sizeOf(frame);
    }
  }

  /** The frame at this place; its payload is a view. */
  read(bytes: Buffer, at: number): Frame {
    const tracksAt = at + HEADER_BYTES;
    const keysAt = tracksAt + bytes.readUInt16BE(at + 14);
    const payloadAt = keysAt + bytes.readUInt16BE(at + 16);
    const payload = bytes.subarray(payloadAt, payloadAt + bytes.readUInt32BE(at + 18));
    const traits = bytes.readUInt8(at + 1);
    const family = this.#families[bytes.readUInt8(at)] as MediaFamily;
    const kind = kinds[traits & 3] as FrameKind;
    const role = roles[(traits >> 2) & 3] as FrameRole;
    const tag = bytes.readUInt32BE(at + 2);
    const timestamp = bytes.readUInt32BE(at + 6);
    const number = bytes.readUInt32BE(at + 10);
    if (role === 'coded') {
      const tracks = tracksIn(bytes, tracksAt, keysAt);
      const isKeyframe = (traits & KEYFRAME) !== 0;
      return { family, kind, tag, timestamp, payload, number, role, tracks, isKeyframe };
    }
    if (role === 'other') {
      const other = { family, kind, tag, timestamp, payload, number, role };
      return (traits & PASSING) === 0 ? other : { ...other, isPassing: true };
    }
    const headerKeys = bytes.toString('utf8', keysAt, payloadAt).split(KEY_END);
    return { family, kind, tag, timestamp, payload, number, role, headerKeys };
  }
}

function tracksIn(bytes: Buffer, start: number, end: number): readonly number[] {
  if (end - start === 1) return singleTracks[bytes.readUInt8(start)] ?? noTracks;
  return [...bytes.subarray(start, end)];
}
