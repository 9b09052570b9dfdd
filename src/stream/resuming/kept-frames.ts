import { hash } from 'node:crypto';
import type { FrameLog, FrameShape } from '../cache/frame-log.ts';
import type { FrameSection } from '../cache/frame-section.ts';
import { type CodedFrame, type Frame, isPreface } from '../frame.ts';
import { timestampDistance, trackKey } from '../timeline.ts';
import { type FrameMark, MAX_MARKS, type ResumePoint } from './resume-point.ts';

/** A payload of so many bytes is hardly ever the same as another by chance: what encodes silence or a black picture is smaller. */
const DISTINCT_BYTES = 64;

const HASH_DIGITS = 16;

/** To find the frames of one point no more than this is hashed, bytes: each frame counts as {@link HASH_CALL_BYTES} besides. */
const MAX_HASHED_BYTES = 4 * 2 ** 20;
const HASH_CALL_BYTES = 1024;

/** A track of which nothing has come for this long says nothing of how far a stream has come, milliseconds. */
const STALE_TRACK_MS = 5000;

/** A place among the frames that are kept. */
export interface KeptPlace {
  /** In the list of sections. */
  readonly section: number;
  readonly index: number;
}

/** Frames with the numbers `from` to before `to`, in the life of the cache. */
export interface KeptRange {
  readonly from?: number;
  readonly to?: number;
  /** Whether a frame of the range may be the one that is looked for. */
  isFree?(number: number): boolean;
}

/** One of the frames that are kept. */
interface KeptFrame {
  readonly frames: FrameLog;
  readonly index: number;
  /** In the life of the cache. */
  readonly number: number;
}

/** Whether a frame is not to be mistaken for another. */
export function isDistinct({ payload }: Frame): boolean {
  return payload.length >= DISTINCT_BYTES;
}

/** The frames that are kept of a stream, for those who look one of them up. */
export class KeptFrames {
  readonly sections: readonly FrameSection[];

  /** @param sections - oldest first */
  constructor(sections: readonly FrameSection[]) {
    this.sections = sections;
  }

  /**
   * Finds a frame by what it is and its time.
   * @returns its number in the life of the cache; that of the first of several
   */
  find(frame: Frame, timestamp: number, range?: KeptRange): number | undefined {
    for (const { frames, index, number } of this.#at(timestamp, range))
      if (frames.hasAt(index, frame)) return number;
    return undefined;
  }

  /** Whether there is a frame of that time with one of the tracks of this one. */
  hasTrackAt({ kind, tracks }: CodedFrame, timestamp: number, range?: KeptRange): boolean {
    for (const { frames, index } of this.#at(timestamp, range)) {
      const shape = frames.shapeAt(index);
      if (shape?.role === 'coded' && shape.kind === kind && shape.tracks.some((id) => tracks.includes(id)))
        return true;
    }
    return false;
  }

  /** When a frame was sent that is not to be mistaken for another; undefined where it was not sent, or several times. */
  timestampOf(frame: Frame): number | undefined {
    if (!isDistinct(frame)) return undefined;
    let timestamp: number | undefined;
    for (const { frames } of this.sections) {
      for (let i = 0; i < frames.length; i++) {
        if (!frames.hasAt(i, frame)) continue;
        if (timestamp !== undefined) return undefined;
        timestamp = frames.timestampAt(i);
      }
    }
    return timestamp;
  }

  /** The last frame of each track, by its {@link trackKey}, in the order in which they came. */
  lastOfTracks(): ReadonlyMap<number, KeptFrame> {
    const last = new Map<number, KeptFrame>();
    for (const { frames, start } of this.sections.toReversed()) {
      const seen = new Set<FrameShape>(); // with the same tracks as a frame behind it
      for (let index = frames.length - 1; index >= 0; index--) {
        const shape = frames.shapeAt(index);
        if (shape?.role !== 'coded' || seen.has(shape)) continue;
        seen.add(shape);
        for (const trackId of shape.tracks) {
          const key = trackKey(shape, trackId);
          if (!last.has(key)) last.set(key, { frames, index, number: start + index });
        }
      }
    }
    return new Map([...last].reverse());
  }

  /** How far the stream has come. @param timestampAt - gives the time of the source at a place of the timeline */
  point(timestampAt: (place: number) => number): ResumePoint | undefined {
    const byNumber = new Map([...this.lastOfTracks().values()].map((last) => [last.number, last]));
    const last = [...byNumber.values()].map(({ frames, index }) => frames.at(index) as Frame);
    const latest = Math.max(
      ...last.map(({ timestamp }) => timestampDistance(timestamp, last[0]?.timestamp ?? 0)),
    );
    const marks = last
      .filter(
        ({ timestamp }) => latest - timestampDistance(timestamp, last[0]?.timestamp ?? 0) <= STALE_TRACK_MS,
      )
      .slice(-MAX_MARKS)
      .map(({ timestamp, payload }) => ({ timestamp: timestampAt(timestamp), hash: hashOf(payload) }));
    return marks.length === 0 ? undefined : { marks, from: 'frame' };
  }

  /**
   * Where to begin for somebody who has come so far; undefined unless all of its marks are there.
   * @param isTimed - whether the times of the marks are those of these frames, else each must be of a frame that is not to be mistaken
   */
  placeOf({ marks, from }: ResumePoint, isTimed = true): KeptPlace | undefined {
    let first: KeptPlace | undefined;
    const work = { leftBytes: MAX_HASHED_BYTES };
    for (const mark of marks) {
      const place = this.#placeOf(mark, isTimed, work);
      if (place === undefined) return undefined;
      if (first === undefined || isBefore(place, first)) first = place;
    }
    return first === undefined || from === 'frame' ? first : this.#keyframeBefore(first);
  }

  /** What there is from a place on: metadata and headers that hold there, then the frames. */
  *from({ section, index }: KeptPlace): Generator<Frame> {
    const [first, ...rest] = this.sections.slice(section);
    if (first === undefined) return;
    const { frames, prefaces } = first;
    const timestamp = frames.timestampAt(index);
    for (const { frame } of prefaces) yield { ...frame, timestamp };
    for (let i = 0; i < frames.length; i++) {
      const frame = frames.at(i) as Frame;
      if (i >= index) yield frame;
      else if (isPreface(frame)) yield { ...frame, timestamp };
    }
    for (const { frames: more } of rest) yield* more;
  }

  /** Frames of a time. */
  *#at(
    timestamp: number,
    { from = 0, to = Number.POSITIVE_INFINITY, isFree = () => true }: KeptRange = {},
  ): Generator<KeptFrame> {
    for (const { frames, start } of this.sections) {
      const end = Math.min(frames.length, to - start);
      for (let index = Math.max(0, from - start); index < end; index++) {
        if (frames.timestampAt(index) !== timestamp || !isFree(start + index)) continue;
        yield { frames, index, number: start + index };
      }
    }
  }

  /** Of several frames alike the first: whoever has come to a later one knows that it had those before. */
  #placeOf(
    { timestamp, hash: wanted }: FrameMark,
    isTimed: boolean,
    work: { leftBytes: number },
  ): KeptPlace | undefined {
    let place: KeptPlace | undefined;
    for (let section = this.sections.length - 1; section >= 0; section--) {
      const { frames } = this.sections[section] as FrameSection;
      for (let index = frames.length - 1; index >= 0; index--) {
        if (isTimed ? frames.timestampAt(index) !== timestamp : frames.lengthAt(index) < DISTINCT_BYTES)
          continue;
        if (work.leftBytes < 0) return place;
        const frame = frames.at(index);
        if (frame?.role !== 'coded') continue;
        work.leftBytes -= frame.payload.length + HASH_CALL_BYTES;
        if (hashOf(frame.payload) !== wanted) continue;
        place = { section, index };
        if (!isTimed) return place;
      }
    }
    return place;
  }

  #keyframeBefore({ section: last }: KeptPlace): KeptPlace | undefined {
    for (let section = last; section >= 0; section--) {
      const frame = this.sections[section]?.frames.at(0); // a group begins with its keyframe
      if (frame?.role === 'coded' && frame.isKeyframe) return { section, index: 0 };
    }
    return undefined;
  }
}

function hashOf(payload: Buffer): string {
  return hash('sha256', payload).slice(0, HASH_DIGITS);
}

function isBefore(a: KeptPlace, b: KeptPlace): boolean {
  return a.section === b.section ? a.index < b.index : a.section < b.section;
}
