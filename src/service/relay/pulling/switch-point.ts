import { PrefaceStore } from '../../../stream/cache/preface-store.ts';
import { type CodedFrame, type Frame, hasVideo, isPreface } from '../../../stream/frame.ts';
import { timestampDistance } from '../../../stream/timeline.ts';

/** Metadata and headers, and again what came since a decoder could begin, of a link that has not taken over yet, bytes. */
const MAX_BYTES = 16 * 2 ** 20;

/** How far a programme has come: how far each track, and where a decoder could last begin. */
export class Position {
  readonly #latest = new Map<string, number>();
  #hasVideo = false;
  #start: CodedFrame | undefined;

  /** Takes the next frame. @returns whether a decoder can begin at it: at a keyframe, or at any audio without video */
  take(frame: Frame): boolean {
    if (hasVideo(frame.kind)) this.#hasVideo = true;
    if (frame.role !== 'coded') return false;
    this.#latest.set(trackOf(frame), frame.timestamp);
    const mayBegin = frame.isKeyframe || !this.#hasVideo;
    if (mayBegin) this.#start = frame;
    return mayBegin;
  }

  /** Whether this frame, or a later one of its track, was there already. */
  hasPassed(frame: Frame): boolean {
    if (frame.role !== 'coded') return false;
    const latest = this.#latest.get(trackOf(frame));
    return latest !== undefined && timestampDistance(frame.timestamp, latest) <= 0;
  }

  /** Whether both could last begin at the same frame at the same time: then they are one programme. */
  isBeside(other: Position): boolean {
    const [a, b] = [this.#start, other.#start];
    return a !== undefined && b !== undefined && a.timestamp === b.timestamp && a.payload.equals(b.payload);
  }
}

/** Finds where a link can take over, and keeps what a decoder needs there: metadata, headers, and all since the keyframe. */
export class SwitchPoint {
  readonly position: Position = new Position();
  readonly #prefaces = new PrefaceStore(MAX_BYTES);
  #groupPrefaces: readonly Frame[] = [];
  #group: Frame[] = [];
  #groupBytes = 0;

  /** Takes a frame of the link. @returns whether the link can take over at this one */
  take(frame: Frame): boolean {
    const mayBegin = this.position.take(frame);
    if (mayBegin) this.#begin();
    else if (isPreface(frame)) this.#prefaces.set(frame);
    if (mayBegin || this.hasGroup) this.#extend(frame);
    return mayBegin;
  }

  /** Whether the link can take over with what is kept. */
  get hasGroup(): boolean {
    return this.#group.length > 0;
  }

  /** What came since a decoder could last begin. */
  get group(): readonly Frame[] {
    return this.#group;
  }

  /** What the stream goes on with: metadata and headers, then the group; without a group what is to be known before one comes. */
  *frames(): Generator<Frame> {
    yield* this.hasGroup ? this.#groupPrefaces : this.#prefaces.list.map(({ frame }) => frame);
    yield* this.#group;
  }

  #begin(): void {
    this.#groupPrefaces = this.#prefaces.list.map(({ frame }) => frame);
    this.#group = [];
    this.#groupBytes = 0;
  }

  #extend(frame: Frame): void {
    this.#group.push(frame);
    this.#groupBytes += frame.payload.length;
    if (this.#groupBytes > MAX_BYTES) this.#group = [];
  }
}

function trackOf({ kind, tracks }: CodedFrame): string {
  return `${kind} ${tracks}`;
}
