import { hash } from 'node:crypto';
import type { FrameLog } from '../cache/frame-log.ts';
import type { FrameSection } from '../cache/frame-section.ts';
import type { CodedFrame, Frame } from '../frame.ts';
import { trackKey } from '../timeline.ts';
import { type FrameMark, MAX_MARKS, type ResumePoint } from './resume-point.ts';

/** A payload of so many bytes is hardly ever the same as another by chance: what encodes silence or a black picture is smaller. */
const DISTINCT_BYTES = 64;

const HASH_DIGITS = 16;

/** A place among the frames that are kept. */
export interface KeptPlace {
  /** In the list of sections. */
  readonly section: number;
  readonly index: number;
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
   * @param isFree - whether a frame may be the one, by its number in the life of the cache
   * @returns that number
   */
  find(
    frame: Frame,
    timestamp: number,
    isFree: (number: number) => boolean = () => true,
  ): number | undefined {
    for (const { frames, start } of this.sections.toReversed()) {
      for (let i = frames.length - 1; i >= 0; i--) {
        if (frames.timestampAt(i) !== timestamp || !isFree(start + i)) continue;
        if (isSame(frame, frames, i)) return start + i;
      }
    }
    return undefined;
  }

  /** When a frame was sent that is not to be mistaken for another; undefined where it was not sent, or several times. */
  timestampOf(frame: Frame): number | undefined {
    if (frame.payload.length < DISTINCT_BYTES) return undefined;
    let timestamp: number | undefined;
    for (const { frames } of this.sections) {
      for (let i = 0; i < frames.length; i++) {
        if (!isSame(frame, frames, i)) continue;
        if (timestamp !== undefined) return undefined;
        timestamp = frames.timestampAt(i);
      }
    }
    return timestamp;
  }

  /** The last frame of each track, in the order in which they came. */
  lastOfTracks(): ReadonlyMap<number, CodedFrame> {
    const last = new Map<number, CodedFrame>();
    for (const { frames } of this.sections) {
      for (const frame of frames) {
        if (frame.role !== 'coded') continue;
        for (const trackId of frame.tracks) {
          const key = trackKey(frame, trackId);
          last.delete(key); // so that the order is that of the frames
          last.set(key, frame);
        }
      }
    }
    return last;
  }

  /** How far the stream has come. @param timestampAt - gives the time of the source at a place of the timeline */
  point(timestampAt: (place: number) => number): ResumePoint | undefined {
    const frames = [...new Set(this.lastOfTracks().values())].slice(0, MAX_MARKS);
    if (frames.length === 0) return undefined;
    const marks = frames.map(({ timestamp, payload }) => ({
      timestamp: timestampAt(timestamp),
      hash: hashOf(payload),
    }));
    return { marks, from: 'frame' };
  }

  /** Where to begin for somebody who has come so far; undefined unless all of its marks are there. */
  placeOf({ marks, from }: ResumePoint): KeptPlace | undefined {
    let first: KeptPlace | undefined;
    for (const mark of marks) {
      const place = this.#placeOf(mark);
      if (place === undefined) return undefined;
      if (first === undefined || isBefore(place, first)) first = place;
    }
    return first === undefined || from === 'frame' ? first : this.#keyframeBefore(first);
  }

  #placeOf({ timestamp, hash: wanted }: FrameMark): KeptPlace | undefined {
    for (let section = this.sections.length - 1; section >= 0; section--) {
      const { frames } = this.sections[section] as FrameSection;
      for (let index = frames.length - 1; index >= 0; index--) {
        if (frames.timestampAt(index) !== timestamp) continue;
        const frame = frames.at(index);
        if (frame?.role === 'coded' && hashOf(frame.payload) === wanted) return { section, index };
      }
    }
    return undefined;
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

function isSame(frame: Frame, frames: FrameLog, index: number): boolean {
  if (frames.lengthAt(index) !== frame.payload.length) return false;
  const other = frames.at(index);
  if (other === undefined || other.role !== frame.role || other.kind !== frame.kind) return false;
  return other.tag === frame.tag && other.family === frame.family && other.payload.equals(frame.payload);
}
