import type { CodedFrame, Frame, HeaderFrame } from '../frame.ts';
import type { MediaFamily } from '../media-family.ts';

/** How one frame becomes bytes. A frame may be written several times, and with another time than its own. */
export interface FrameWriter {
  /** Bytes that `write` takes for the frame. */
  sizeOf(frame: Frame, timestamp: number): number;
  /** Writes the frame at `at` and returns where the next one goes. */
  write(target: Buffer, at: number, frame: Frame, timestamp: number): number;
  /** The same bytes as several buffers, in which the payload is not copied; left out where it always is. */
  scatter?(frame: Frame, timestamp: number): Buffer[];
}

/** How frames become bytes: done once for all players that take the same bytes, whatever is put around them. */
export interface Packing extends FrameWriter {
  /** Whether video is part of it; if not, a player may begin at any frame. */
  readonly hasVideo: boolean;
  /**
   * Whether few players take it, and there may be many of its kind: nothing is kept in it for players who join late, and what
   * a player does not take at once is packed for it slice by slice.
   */
  readonly isRare: boolean;
  /** Whether a frame is part of it. */
  includes(frame: Frame): boolean;
  /** How what a player begins with is written where that differs: the headers of a beginning, and the first coded frame. */
  readonly beginning?: FrameWriter;
  /** Whether a player may begin at a coded frame, where that is not at the keyframes of the default video track. For rare packings. */
  readonly mayBegin?: (frame: CodedFrame) => boolean;
}

/** The bytes that one kind of player takes: packed, then wrapped once per form. Forms are told apart by identity. */
export interface WireForm {
  /** The protocol as metrics and logs name it. */
  readonly protocol: string;
  /** The only one whose streams such players can be sent. */
  readonly family: MediaFamily;
  readonly packing: Packing;
  /** Puts the framing of a transport around packed bytes, which are there in parts and are not copied. */
  readonly envelope?: (parts: readonly Buffer[]) => Buffer[];
  /** What stands before everything else, not wrapped yet. @param kinds - of media that the stream has */
  readonly prologue?: (kinds: MediaKinds) => Buffer;
  /** Whether players can go on when a header takes the place of another; left out where they always can. */
  readonly goesOnWith?: (before: HeaderFrame, after: HeaderFrame) => boolean;
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

/** Puts the form's framing around packed bytes, if it has any and there are any: one buffer, to be shared. */
export function wrap(form: WireForm, bytes: Buffer): Buffer {
  return form.envelope === undefined || bytes.length === 0 ? bytes : joined(form.envelope([bytes]));
}

/** As {@link wrap}, for bytes that are there in parts and go to one player: nothing is copied. */
export function wrapParts(form: WireForm, parts: readonly Buffer[]): readonly Buffer[] {
  return form.envelope === undefined || parts.length === 0 ? parts : form.envelope(parts);
}

/** In memory of its own: a player that is slow keeps what it waits for, and nothing else with it. */
function joined(parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(bytes, at);
  return bytes;
}
