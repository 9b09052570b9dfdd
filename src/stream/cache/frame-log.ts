import type { Frame } from '../frame.ts';
import { frameCost } from './frame-cost.ts';

/** Memory for payloads is taken in pieces: an eighth of what there is already, within these bounds, bytes. */
const MIN_PIECE_BYTES = 8 * 1024;
const MAX_PIECE_BYTES = 256 * 1024;

/** What is kept of each frame besides its payload: numbers in one array, this many. */
const FIELDS = 6;
const [SHAPE, TIMESTAMP, NUMBER, PIECE, AT, LENGTH] = [0, 1, 2, 3, 4, 5] as const;
const FIRST_FRAMES = 32;

/** Frames are compared with so many shapes, and lists of so many tracks: whoever varies more, or has more, pays for each. */
const COMPARED_SHAPES = 16;
const COMPARED_TRACKS = 8;

/** What each frame has of its own. */
type Own = Pick<Frame, 'payload' | 'timestamp' | 'number'>;

/** A frame without what each has of its own. */
type WithoutOwn<F> = F extends Frame ? Omit<F, keyof Own> : never;

/** What many frames of a stream have in common. */
export type FrameShape = WithoutOwn<Frame>;

/** A list of frames, whatever they are kept in. */
export interface FrameList {
  readonly length: number;
  at(index: number): Frame | undefined;
}

/**
 * Frames in order, kept as bytes and numbers and not as objects: these would live for as long as the log, and a collector that
 * has to move and to mark tens of thousands of them holds up everything else. What is taken is a frame made anew.
 */
export class FrameLog implements FrameList {
  readonly #pieces: Buffer[] = [];
  /** How much of the last piece is used. */
  #used = 0;
  #pieceBytes = 0;
  readonly #shapes: FrameShape[] = [];
  #shapeBytes = 0;
  #fields = new Uint32Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Memory that it takes. */
  get bytes(): number {
    return this.#pieceBytes + this.#fields.byteLength + this.#shapeBytes;
  }

  /** Adds a frame. @returns its payload as the log has it: a view, read only */
  append(frame: Frame): Buffer {
    const { payload, timestamp, number } = frame;
    const { length } = payload;
    const piece = this.#pieceFor(length);
    const at = this.#used;
    payload.copy(piece, at);
    this.#used += length;
    const first = this.#length * FIELDS;
    if (first === this.#fields.length) this.#grow();
    const fields = this.#fields;
    fields[first + SHAPE] = this.#shapeOf(frame);
    fields[first + TIMESTAMP] = timestamp;
    fields[first + NUMBER] = number;
    fields[first + PIECE] = this.#pieces.length - 1;
    fields[first + AT] = at;
    fields[first + LENGTH] = length;
    this.#length++;
    return piece.subarray(at, at + length);
  }

  at(index: number): Frame | undefined {
    const shape = this.#shapes[this.#field(index, SHAPE)];
    if (shape === undefined || index >= this.#length) return undefined;
    const at = this.#field(index, AT);
    const payload = (this.#pieces[this.#field(index, PIECE)] as Buffer).subarray(
      at,
      at + this.#field(index, LENGTH),
    );
    const timestamp = this.#field(index, TIMESTAMP);
    return { ...shape, timestamp, payload, number: this.#field(index, NUMBER) } as Frame;
  }

  /** When the frame is to be shown, milliseconds, uint32; 0 where there is none. */
  timestampAt(index: number): number {
    return index < this.#length ? this.#field(index, TIMESTAMP) : 0;
  }

  /** How long the payload of the frame is, bytes; 0 where there is none. */
  lengthAt(index: number): number {
    return index < this.#length ? this.#field(index, LENGTH) : 0;
  }

  /** What the frame is besides its payload and its time; undefined where there is none. */
  shapeAt(index: number): FrameShape | undefined {
    return index < this.#length ? this.#shapes[this.#field(index, SHAPE)] : undefined;
  }

  /** Whether the frame there is this one, whatever its time and its number are. */
  hasAt(index: number, { role, kind, tag, family, payload }: Frame): boolean {
    const shape = this.shapeAt(index);
    if (shape?.role !== role || shape.kind !== kind || shape.tag !== tag || shape.family !== family)
      return false;
    const { length } = payload;
    if (this.#field(index, LENGTH) !== length) return false;
    const at = this.#field(index, AT);
    const piece = this.#pieces[this.#field(index, PIECE)] as Buffer;
    if (length > 0 && piece[at + length - 1] !== payload[length - 1]) return false; // known sooner than by a call
    return piece.compare(payload, 0, length, at, at + length) === 0;
  }

  *[Symbol.iterator](): Generator<Frame> {
    for (let i = 0; i < this.#length; i++) yield this.at(i) as Frame;
  }

  #field(index: number, field: number): number {
    return this.#fields[index * FIELDS + field] ?? 0;
  }

  #pieceFor(length: number): Buffer {
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#used + length <= last.length) return last;
    const eighth = Math.max(MIN_PIECE_BYTES, Math.min(this.#pieceBytes >>> 3, MAX_PIECE_BYTES));
    const piece = Buffer.allocUnsafeSlow(Math.max(eighth, length));
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    this.#used = 0;
    return piece;
  }

  #grow(): void {
    const grown = new Uint32Array(Math.max(FIRST_FRAMES * FIELDS, this.#fields.length * 2));
    grown.set(this.#fields);
    this.#fields = grown;
  }

  #shapeOf(frame: Frame): number {
    const shapes = this.#shapes;
    const compared = Math.min(shapes.length, COMPARED_SHAPES);
    for (let i = 0; i < compared; i++) if (hasShape(frame, shapes[i] as FrameShape)) return i;
    const { payload, timestamp, number, ...shape } = frame;
    shapes.push(shape);
    this.#shapeBytes += frameCost(frame) - payload.length;
    return shapes.length - 1;
  }
}

function hasShape(frame: Frame, shape: FrameShape): boolean {
  const isOfKind = frame.role === shape.role && frame.kind === shape.kind && frame.tag === shape.tag;
  if (!isOfKind || frame.family !== shape.family) return false;
  if (frame.role !== 'coded' || shape.role !== 'coded') return frame.role === 'other';
  return frame.isKeyframe === shape.isKeyframe && isSame(frame.tracks, shape.tracks);
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.length <= COMPARED_TRACKS && a.every((track, i) => track === b[i]);
}
