import type { Frame } from '../frame.ts';
import type { MediaFamily } from '../media-family.ts';

/** How one frame becomes bytes. A frame may be written several times, and with another time than its own. */
export interface FrameWriter {
  /** Bytes that `write` takes for the frame. */
  sizeOf(frame: Frame, timestamp: number): number;
  /** Writes the frame at `at` and returns where the next one goes. */
  write(target: Buffer, at: number, frame: Frame, timestamp: number): number;
}

/** How frames become bytes: done once for all players that take the same bytes, whatever is put around them. */
export interface Packing extends FrameWriter {
  /** Whether video is part of it; if not, a player may begin at any frame. */
  readonly hasVideo: boolean;
  /** Whether a frame is part of it. */
  includes(frame: Frame): boolean;
  /** How what a player begins with is written where that differs: the headers of a beginning, and the first coded frame. */
  readonly beginning?: FrameWriter;
}

/** The bytes that one kind of player takes: packed, then wrapped once per form. Forms are told apart by identity. */
export interface WireForm {
  /** The protocol as metrics and logs name it. */
  readonly protocol: string;
  /** The only one whose streams such players can be sent. */
  readonly family: MediaFamily;
  readonly packing: Packing;
  /** Puts the framing of a transport around packed bytes. */
  readonly envelope?: (bytes: Buffer) => Buffer;
  /** What stands before everything else, not wrapped yet. @param kinds - of media that the stream has */
  readonly prologue?: (kinds: MediaKinds) => Buffer;
}

/** Which kinds of media a stream has. */
export interface MediaKinds {
  readonly audio: boolean;
  readonly video: boolean;
}

/** What a player of a form is sent before anything else; empty where there is nothing of the kind. */
export function prologueOf(form: WireForm, kinds: MediaKinds): Buffer {
  return wrap(form, form.prologue?.(kinds) ?? Buffer.alloc(0));
}

/** Puts the form's framing around packed bytes, if it has any and there are any. */
export function wrap(form: WireForm, bytes: Buffer): Buffer {
  return form.envelope === undefined || bytes.length === 0 ? bytes : form.envelope(bytes);
}
