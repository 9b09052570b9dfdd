import type { Frame } from '../../../../stream/frame.ts';
import type { FrameCodec } from './frame-codec.ts';

/** Which way frames of a stream go: from a publisher to the home of the stream, or from there to a subscriber. */
export type FrameWay = 'toHome' | 'fromHome';

/** To what a frame on its way between two workers belongs. */
export interface FrameFlow {
  readonly way: FrameWay;
  /** Of the publication or the subscription. */
  readonly id: number;
}

/** Where the frame of a record is going. */
export interface FrameReceiver {
  onFrame(way: FrameWay, id: number, frame: Frame): void;
}

/** Size, messages before it, id and way: uint32 each, big-endian. */
const HEADER_BYTES = 16;
const TO_HOME = 0;
const FROM_HOME = 1;

/** Bytes of the record of a frame of this size: a multiple of 8. */
export function recordSize(frameSize: number): number {
  return (HEADER_BYTES + frameSize + 7) & ~7;
}

/** Writes a record. @param messages - how many messages of the port it comes behind */
export function writeRecord(
  codec: FrameCodec,
  bytes: Buffer,
  at: number,
  { way, id }: FrameFlow,
  frame: Frame,
  size: number,
  messages: number,
): void {
  bytes.writeUInt32BE(size, at);
  bytes.writeUInt32BE(messages >>> 0, at + 4);
  bytes.writeUInt32BE(id, at + 8);
  bytes.writeUInt32BE(way === 'toHome' ? TO_HOME : FROM_HOME, at + 12);
  codec.write(bytes, at + HEADER_BYTES, frame);
}

/** Bytes of the record at this place; 0 where none is. */
export function sizeOfRecord(bytes: Buffer, at: number): number {
  return at < bytes.length ? bytes.readUInt32BE(at) : 0;
}

/** How many messages of the port a record comes behind, uint32. */
export function messagesBefore(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 4);
}

/** Hands over the frame of a record; its payload is a view. */
export function readRecord(codec: FrameCodec, bytes: Buffer, at: number, to: FrameReceiver): void {
  const way = bytes.readUInt32BE(at + 12) === TO_HOME ? 'toHome' : 'fromHome';
  to.onFrame(way, bytes.readUInt32BE(at + 8), codec.read(bytes, at + HEADER_BYTES));
}
