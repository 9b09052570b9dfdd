import { decodeAudioTagHeader } from '../../src/protocol/flv/audio-tag-header.ts';
import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import { type FlvTag, FlvTagReader } from '../../src/protocol/flv/flv-tag-reader.ts';
import { decodeVideoTagHeader } from '../../src/protocol/flv/video-tag-header.ts';
import { mayBeStamped } from '../stamp.ts';
import type { LoopPiece } from './publisher-protocol.ts';

/** A message of an endless stream. */
export interface LoopMessage extends LoopPiece {
  readonly type: FlvTagType;
  readonly payload: Buffer;
}

const MAX_TAG_BYTES = 16 * 2 ** 20;
/** Between the last frame of a round and the first of the next where the file does not tell, milliseconds. */
const DEFAULT_FRAME_MS = 33;

interface Part extends LoopMessage {
  readonly role: 'metadata' | 'header' | 'frame' | 'end';
}

/**
 * Turns an FLV file into a stream without end: metadata and headers once, then its frames again and again, with timestamps
 * that go on where the last round ended.
 */
export class FlvLoop {
  readonly #parts: readonly Part[];
  readonly #roundMs: number;

  /** @throws ProtocolError when the bytes are no FLV; RangeError when there is no frame in them */
  constructor(flv: Buffer) {
    const reader = new FlvTagReader({ maxTagBytes: MAX_TAG_BYTES });
    reader.push(flv);
    const parts = [...reader.tags()].map(partOf);
    const frames = parts.filter(({ role }) => role === 'frame');
    const first = frames[0];
    if (first === undefined) throw new RangeError('there is no audio or video in it');
    // what stands before the first frame, headers and metadata, is often at 0 in a recording that begins late
    const startMs = frames.reduce((least, { atMs }) => Math.min(least, atMs), first.atMs);
    this.#parts = parts.map((part) => ({ ...part, atMs: Math.max(0, part.atMs - startMs) }));
    const lastMs = this.#parts.reduce((most, { atMs }) => Math.max(most, atMs), 0);
    this.#roundMs = lastMs + frameMs(frames);
  }

  /** The stream, endless. */
  *messages(): Generator<LoopMessage, never> {
    for (let startMs = 0; ; startMs += this.#roundMs) {
      for (const { role, type, atMs, payload, stamped } of this.#parts) {
        if (role === 'frame' || (role !== 'end' && startMs === 0)) {
          yield { type, atMs: startMs + atMs, payload, stamped };
        }
      }
    }
  }
}

function partOf({ type, timestamp, payload }: FlvTag): Part {
  const role = roleOf(type, payload);
  const stamped = role === 'frame' && mayBeStamped(payload) ? payload : undefined;
  return { type, atMs: timestamp, payload, role, stamped };
}

function roleOf(type: FlvTagType, payload: Buffer): Part['role'] {
  if (type === FlvTagType.script) return 'metadata';
  const { packet } =
    type === FlvTagType.video ? decodeVideoTagHeader(payload) : decodeAudioTagHeader(payload);
  if (packet === 'codedFrames') return 'frame';
  return packet === 'sequenceEnd' || packet === 'other' ? 'end' : 'header';
}

/** How long a frame is shown, or heard where there is no picture. */
function frameMs(frames: readonly Part[]): number {
  const video = frames.filter(({ type }) => type === FlvTagType.video);
  const ones = video.length > 1 ? video : frames;
  const [first, last] = [ones[0], ones.at(-1)];
  if (first === undefined || last === undefined || ones.length < 2) return DEFAULT_FRAME_MS;
  return Math.max(1, Math.round((last.atMs - first.atMs) / (ones.length - 1)));
}
