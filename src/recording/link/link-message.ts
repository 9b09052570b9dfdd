/**
 * What a thread of the relay and the store say to each other over a Unix socket: messages of a length (uint32, of all that
 * follows), a type (uint8), a number (uint32: of a writer or a question, 0 for none) and a body. Integers are big-endian, and bodies are JSON
 * but for frames and pieces of files.
 */
import { ByteQueue } from '../../bytes/byte-queue.ts';
import type { RecordedFrame } from './store-link.ts';

/** The messages, by who sends them. */
export const LinkMessageType = {
  // of a thread
  begin: 1,
  frame: 2,
  gap: 3,
  finish: 4,
  ask: 5,
  note: 6,
  follow: 7,
  // of the store
  begun: 16,
  taken: 17,
  end: 18,
  answer: 19,
  piece: 20,
  fault: 21,
  state: 22,
  expired: 23,
  upload: 24,
} as const;
export type LinkMessageType = (typeof LinkMessageType)[keyof typeof LinkMessageType];

/** One message. */
export interface LinkMessage {
  readonly type: number;
  readonly number: number;
  /** A view of what was received, or a copy. */
  readonly body: Buffer;
}

const LENGTH_BYTES = 4;
const TYPE_AND_NUMBER_BYTES = 5;
const HEADER_BYTES: number = LENGTH_BYTES + TYPE_AND_NUMBER_BYTES;

/** The longest body that is sent: a frame is no longer than an RTMP message or an FLV tag, and lists are far shorter. */
export const MAX_BODY_BYTES: number = 2 ** 24 + 1024;

/** Of a frame before its payload: kind and role, tag, timestamp. */
const FRAME_FIELDS_BYTES = 9;
const KEYFRAME = 0x80;
const kinds = ['audio', 'video', 'data', 'mixed'] as const;
const roles = ['metadata', 'header', 'coded', 'other'] as const;

/** What precedes a body. */
export function messageHeader(type: LinkMessageType, number: number, bodyBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(TYPE_AND_NUMBER_BYTES + bodyBytes, 0);
  header.writeUInt8(type, LENGTH_BYTES);
  header.writeUInt32BE(number, LENGTH_BYTES + 1);
  return header;
}

/** A message whose body is JSON. */
export function jsonMessage(type: LinkMessageType, number: number, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value ?? null));
  return Buffer.concat([messageHeader(type, number, body.length), body]);
}

/** What precedes the payload of a frame. */
export function frameHeader(writer: number, frame: RecordedFrame): Buffer {
  const { kind, role, tag, timestamp, payload, isKeyframe } = frame;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + FRAME_FIELDS_BYTES);
  messageHeader(LinkMessageType.frame, writer, FRAME_FIELDS_BYTES + payload.length).copy(bytes);
  const what = kinds.indexOf(kind) | (roles.indexOf(role) << 2) | (isKeyframe ? KEYFRAME : 0);
  bytes.writeUInt8(what, HEADER_BYTES);
  bytes.writeUInt32BE(tag, HEADER_BYTES + 1);
  bytes.writeUInt32BE(timestamp, HEADER_BYTES + 5);
  return bytes;
}

/** @throws RangeError for a body that is too short */
export function decodeFrame(body: Buffer): RecordedFrame {
  const what = body.readUInt8(0);
  return {
    kind: kinds[what & 3] ?? 'data',
    role: roles[(what >> 2) & 3] ?? 'other',
    tag: body.readUInt32BE(1),
    timestamp: body.readUInt32BE(5),
    payload: body.subarray(FRAME_FIELDS_BYTES),
    isKeyframe: (what & KEYFRAME) !== 0,
  };
}

/** Takes messages out of what a socket gives. */
export class LinkReader {
  readonly #bytes = new ByteQueue();

  /** @param chunk - taken over */
  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  /** The next message that is whole. @throws Error for one that is too long or too short: nothing can be read behind it */
  read(): LinkMessage | undefined {
    const first = this.#bytes.peek(LENGTH_BYTES);
    if (first === undefined) return undefined;
    const length = first.readUInt32BE(0);
    if (length < TYPE_AND_NUMBER_BYTES || length > TYPE_AND_NUMBER_BYTES + MAX_BODY_BYTES)
      throw new Error(`a message of ${length} bytes, limit ${MAX_BODY_BYTES}`);
    if (this.#bytes.length < LENGTH_BYTES + length) return undefined;
    this.#bytes.skip(LENGTH_BYTES);
    const fields = this.#bytes.read(TYPE_AND_NUMBER_BYTES) as Buffer;
    const body = this.#bytes.read(length - TYPE_AND_NUMBER_BYTES) as Buffer;
    return { type: fields.readUInt8(0), number: fields.readUInt32BE(1), body };
  }
}

/** Bytes of payloads that may wait for the disk: of one writer, and of all of a connection. */
export const WRITER_WINDOW_BYTES: number = 4 * 2 ** 20;
export const LINK_WINDOW_BYTES: number = 64 * 2 ** 20;

/** Writers, and questions without an answer, that a connection may have. */
export const MAX_WRITERS = 4096;
export const MAX_QUESTIONS = 4096;

/** What a thread asks the store. */
export type LinkQuestion =
  | { readonly ask: 'describe' | 'index'; readonly key: string }
  | { readonly ask: 'read'; readonly key: string; readonly offset: number; readonly length: number }
  | { readonly ask: 'list'; readonly stream?: string; readonly after?: string; readonly limit: number }
  | { readonly ask: 'delete'; readonly key: string; readonly by: string }
  | { readonly ask: 'ping' };
