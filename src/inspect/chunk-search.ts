import { readAmf0String } from '../protocol/amf/amf0.ts';
import { EXTENDED_TIMESTAMP, MESSAGE_HEADER_SIZES } from '../protocol/rtmp/chunk/chunk-header.ts';
import type { ChunkStreamState } from '../protocol/rtmp/chunk/chunk-header-reader.ts';
import { isCommandType, MessageType } from '../protocol/rtmp/message/message.ts';
import type { Sureness } from './record.ts';

/** What is known of the chunk streams of a flow. */
export type KnownStreams = (chunkStreamId: number) => ChunkStreamState | undefined;

/** A place where a chunk begins, and the chunk size that goes with what follows. */
export interface ChunkFoothold {
  readonly at: number;
  readonly chunkSize: number;
  readonly sureness: Sureness;
}

/** Chunk sizes that are in use: of the specification, of librtmp, OBS, nginx, SRS, ffmpeg, streampump; and none at all. */
const usualChunkSizes = [128, 4096, 4000, 1024, 5000, 8192, 10_000, 16_384, 32_768, 60_000, 65_536, 131_072];

const knownTypes: ReadonlySet<number> = new Set(Object.values(MessageType));

/** How long messages of these types are, bytes. */
const fixedLengths: Readonly<Record<number, readonly number[]>> = {
  [MessageType.setChunkSize]: [4],
  [MessageType.abort]: [4],
  [MessageType.acknowledgement]: [4],
  [MessageType.windowAcknowledgementSize]: [4],
  [MessageType.setPeerBandwidth]: [5],
  [MessageType.userControl]: [6, 10],
};

/** Message stream ids are counted from 1, and nobody makes more. */
const MAX_MESSAGE_STREAM_ID = 0xffff;
/** Longer messages are in nobody's stream, bytes. */
const MAX_LIKELY_BYTES: number = 2 ** 23;
/** Names of commands and of data, bytes. */
const MAX_NAME_BYTES = 64;

const AMF0_STRING = 2;

/** So much for a header of each format that fits: the shorter it is, the easier bytes look like it by chance. */
const worth: readonly [number, number, number, number] = [3, 2, 1, 1];
/** Worth of headers behind the first one. */
const CERTAIN = 6;
const LIKELY = 2;
/** More chunks in a row do not make it surer. */
const MAX_CHUNKS = 16;

/** Whether a chunk can begin at a place in a window, as far as its bytes are there. */
export function canBeChunk(window: Buffer, at: number, known: KnownStreams): boolean {
  return headerAt(window, at, known, false) !== undefined;
}

/** What makes the header of a message unlikely, so that it is believed only if what follows it fits; undefined where nothing does. */
export function doubtOf(type: number, length: number): string | undefined {
  if (!knownTypes.has(type)) return `a message of type ${type}, which nobody knows`;
  // librtmp 2.4 and others leave out or add bytes
  if (fixedLengths[type] !== undefined && length > 64)
    return `a message of type ${type} with ${length} bytes`;
  return undefined;
}

/**
 * The first place in a window where a chunk begins that begins a message; `more` when that cannot be told without the bytes behind
 * it.
 * @param chunkSize - which is tried first
 * @param isAll - no more bytes come
 */
export function findChunk(
  window: Buffer,
  known: KnownStreams,
  chunkSize: number,
  isAll: boolean,
): ChunkFoothold | 'more' | undefined {
  let guess: ChunkFoothold | undefined;
  for (let at = 0; at < window.length; at++) {
    const first = headerAt(window, at, known, true);
    if (first === undefined) continue;
    if (first === 'more') {
      if (isAll) break;
      return 'more';
    }
    // a zero before a header of one byte makes it look like one of two, on a chunk stream that nobody uses
    const isLong = first.basicBytes > 1 && known(first.chunkStreamId) === undefined;
    if (isLong && headerAt(window, at + first.basicBytes - 1, known, true) !== undefined) continue;
    const found = bestWalk(window, at, known, chunkSize, first.length, isAll);
    if (found === 'more') return 'more';
    if (found === undefined) continue;
    if (found.sureness !== 'guess') return found;
    guess ??= found;
  }
  return guess;
}

function bestWalk(
  window: Buffer,
  at: number,
  known: KnownStreams,
  chunkSize: number,
  length: number,
  isAll: boolean,
): ChunkFoothold | 'more' | undefined {
  let best: ChunkFoothold | undefined;
  let bestScore = -1;
  let needsMore = false;
  const sizes = new Set([chunkSize, ...usualChunkSizes.filter((size) => size < length), 0xffffff]);
  for (const size of sizes) {
    const { score, end } = walk(window, at, known, size);
    if (end === 'wrong' && score < CERTAIN) continue;
    if (end === 'cut' && score < CERTAIN && !isAll) needsMore = true;
    if (score <= bestScore) continue;
    bestScore = score;
    const sureness = score >= CERTAIN ? 'certain' : score >= LIKELY ? 'likely' : 'guess';
    best = { at, chunkSize: size, sureness };
  }
  return bestScore < CERTAIN && needsMore ? 'more' : best;
}

interface HeaderSeen {
  readonly format: 0 | 1 | 2 | 3;
  readonly chunkStreamId: number;
  readonly basicBytes: number;
  readonly bytes: number;
  readonly length: number;
  readonly type: number;
}

/** Goes from chunk to chunk: what the headers behind the first one are worth, and whether one was wrong. */
function walk(
  window: Buffer,
  start: number,
  known: KnownStreams,
  chunkSize: number,
): { readonly score: number; readonly end: 'wrong' | 'cut' | 'enough' } {
  /** Bytes that are to come of the message on each chunk stream, and what the next one has. */
  const begun = new Map<number, { left: number; length: number; type: number }>();
  let score = 0;
  let at = start;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const header = headerAt(
      window,
      at,
      (id) => (begun.get(id) as ChunkStreamState | undefined) ?? known(id),
      chunks === 0,
    );
    if (header === undefined) return { score, end: 'wrong' };
    if (header === 'more') return { score, end: 'cut' };
    const { format, chunkStreamId, length, type } = header;
    const stream = begun.get(chunkStreamId);
    const isInside = stream !== undefined && stream.left > 0;
    if (isInside !== (format === 3) && (isInside || !known(chunkStreamId))) return { score, end: 'wrong' };
    if (chunks > 0) score += worth[format];
    const left = isInside ? stream.left : length;
    const size = Math.min(chunkSize, left);
    begun.set(chunkStreamId, { left: left - size, length, type });
    at += header.bytes + size;
    if (at > window.length) return { score, end: 'cut' };
  }
  return { score, end: 'enough' };
}

/** A header that can be one; `more` when too few bytes are there to tell. */
function headerAt(
  window: Buffer,
  at: number,
  known: KnownStreams,
  isFirst: boolean,
): HeaderSeen | 'more' | undefined {
  const first = window[at];
  if (first === undefined) return 'more';
  const format = (first >> 6) as 0 | 1 | 2 | 3;
  if (isFirst && format > 1) return undefined;
  const shortId = first & 0x3f;
  const basicBytes = shortId > 1 ? 1 : shortId + 2;
  const headerBytes = basicBytes + MESSAGE_HEADER_SIZES[format];
  if (at + headerBytes > window.length) return 'more';
  const chunkStreamId =
    basicBytes === 1
      ? shortId
      : 64 + window.readUInt8(at + 1) + (basicBytes === 3 ? 256 * window.readUInt8(at + 2) : 0);
  const stream = known(chunkStreamId);
  if (format > 0 && stream === undefined) return undefined;
  const fieldsAt = at + basicBytes;
  const isExtended = format < 3 && window.readUIntBE(fieldsAt, 3) === EXTENDED_TIMESTAMP;
  const bytes = headerBytes + (isExtended ? 4 : 0);
  if (format > 1)
    return { format, chunkStreamId, basicBytes, bytes, length: stream?.length ?? 0, type: stream?.type ?? 0 };
  const length = window.readUIntBE(fieldsAt + 3, 3);
  const type = window.readUInt8(fieldsAt + 6);
  if (!knownTypes.has(type) || length > MAX_LIKELY_BYTES) return undefined;
  if (fixedLengths[type]?.includes(length) === false || (isFirst && length === 0)) return undefined;
  if (format === 1 && isFirst && stream?.type !== type) return undefined;
  if (format === 0 && window.readUInt32LE(fieldsAt + 7) > MAX_MESSAGE_STREAM_ID) return undefined;
  const payload = window.subarray(at + bytes, at + bytes + Math.min(length, 2 * MAX_NAME_BYTES));
  if (!canBegin(type, payload)) return undefined;
  return { format, chunkStreamId, basicBytes, bytes, length, type };
}

/** Whether a message can begin so. @param payload - its first bytes, as far as they are there */
function canBegin(type: number, payload: Buffer): boolean {
  const first = payload[0];
  if (first === undefined) return true;
  if (type === MessageType.video)
    return (
      (first & 0x80) !== 0 ||
      (first >> 4 >= 1 && first >> 4 <= 5 && (first & 0x0f) >= 2 && (first & 0x0f) <= 13)
    );
  if (type === MessageType.audio) return first >> 4 !== 12 && first >> 4 !== 13;
  if (!isCommandType(type) && type !== MessageType.dataAmf0) return true;
  const body = first === 0 ? payload.subarray(1) : payload;
  if (body.length < 3) return true;
  const name = readAmf0String(body);
  if (name !== undefined) return name.end <= MAX_NAME_BYTES && /^[\w@|.$ -]+$/.test(name.value);
  const isCut = body.readUInt8(0) === AMF0_STRING && 3 + body.readUInt16BE(1) <= MAX_NAME_BYTES;
  return isCut && /^[\w@|.$ -]*$/.test(body.toString('latin1', 3));
}
