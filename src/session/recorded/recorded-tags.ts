import {
  FlvTagType,
  flvTagBytes,
  flvTagHeaderBytes,
  previousTagSizeBytes,
} from '../../protocol/flv/flv-tag.ts';
import { RecordingError } from '../../recording/recording-error.ts';
import { placeBefore } from './place-before.ts';
import type { RecordedFile } from './recorded-file.ts';

/** A tag of a recording. */
export interface RecordedTag {
  readonly type: FlvTagType;
  /** From the beginning of the recording, milliseconds. */
  readonly timestamp: number;
  /** A view of shared memory. */
  readonly payload: Buffer;
  readonly offset: number;
}

/** Tags one behind the other. */
export interface TagSpan {
  readonly tags: readonly RecordedTag[];
  /** Where the next one begins; the file's end behind the last one. */
  readonly next: number;
}

/** So much goes out at once, bytes and milliseconds of media: a span is never much more. */
const SPAN_BYTES = 128 * 1024;
const SPAN_MS = 400;

/** A file is read so far ahead for the tags of a span, bytes. */
const WINDOW_BYTES = 160 * 1024;

/**
 * The tags from an offset on, as many as go out at once. A span ends before each place where players can begin, so that all spans behind
 * such a place are the same for everybody.
 * @param offset - where a tag begins
 * @throws RecordingError `damaged` where there is no tag
 */
export async function readSpan(file: RecordedFile, offset: number): Promise<TagSpan> {
  const tags: RecordedTag[] = [];
  const limit = nextPlace(file, offset);
  let window = await file.read(offset, Math.min(WINDOW_BYTES, limit - offset));
  let at = 0;
  while (offset + at < limit) {
    const tag = tagAt(file, window, at, offset);
    if (tag === undefined) {
      if (tags.length > 0) break; // the rest is the next span's
      window = await wholeTag(file, window, offset);
      continue;
    }
    tags.push(tag);
    at += flvTagBytes(tag.payload.length);
    const first = tags[0]?.timestamp ?? 0;
    if (at >= SPAN_BYTES || tag.timestamp >= first + SPAN_MS) break;
  }
  return { tags, next: offset + at };
}

/** Undefined where it does not end within the window. @param from - where the window begins */
function tagAt(file: RecordedFile, window: Buffer, at: number, from: number): RecordedTag | undefined {
  if (at + flvTagHeaderBytes > window.length) return undefined;
  const type = window.readUInt8(at);
  const length = window.readUIntBE(at + 1, 3);
  if (type !== FlvTagType.audio && type !== FlvTagType.video && type !== FlvTagType.script)
    throw noTag(file, from + at);
  const end = at + flvTagBytes(length);
  if (from + end > file.recording.bytes) throw noTag(file, from + at);
  if (end > window.length) return undefined;
  if (window.readUInt32BE(end - previousTagSizeBytes) !== flvTagHeaderBytes + length)
    throw noTag(file, from + at);
  const timestamp = window.readUIntBE(at + 4, 3) + window.readUInt8(at + 7) * 2 ** 24;
  const payload = window.subarray(at + flvTagHeaderBytes, end - previousTagSizeBytes);
  return { type, timestamp, payload, offset: from + at };
}

/** The first tag is longer than the window, or the window ends within its header. */
async function wholeTag(file: RecordedFile, window: Buffer, offset: number): Promise<Buffer> {
  if (window.length < flvTagHeaderBytes) throw noTag(file, offset);
  return file.read(offset, flvTagBytes(window.readUIntBE(1, 3)));
}

/** The first place behind an offset where players can begin, or the file's end. */
function nextPlace({ index: { offsets }, recording }: RecordedFile, offset: number): number {
  return offsets[placeBefore(offsets, offset) + 1] ?? recording.bytes;
}

function noTag({ key }: RecordedFile, offset: number): RecordingError {
  return new RecordingError('damaged', `${key} has no tag at ${offset}`);
}
