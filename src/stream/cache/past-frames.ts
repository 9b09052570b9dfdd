import { type Frame, isPreface } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import { FrameLog } from './frame-log.ts';
import type { FrameSection } from './frame-section.ts';
import type { PrefaceStore } from './preface-store.ts';

/** Frames that belong to no keyframe group are kept in sections of about this length, milliseconds: a section goes as a whole. */
const LOOSE_SECTION_MS = 1000;

/** More frames than these are not kept, however small they are: whoever looks for one looks at all of them. */
const MAX_FRAMES = 32_768;

/** What a section takes up besides its frames, bytes. */
const SECTION_BYTES = 512;

/**
 * What a stream has sent before its keyframe group, or without one, as long as relays downstream may come back for it: sections
 * as they were, nothing is copied.
 */
export class PastFrames {
  readonly #sections: FrameSection[] = [];
  #bytes = 0;
  #count = 0;
  #isOpen = false;

  /** What it takes to keep all of it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest first. */
  get sections(): readonly FrameSection[] {
    return this.#sections;
  }

  /** Whether the last section is of loose frames, and more of them may come. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Keeps a section that is over. */
  keep(section: FrameSection): void {
    this.#isOpen = false;
    this.#sections.push(section);
    this.#bytes += sectionBytes(section);
    this.#count += section.frames.length;
  }

  /**
   * Keeps a frame that no keyframe group has.
   * @param start - how many frames of the stream were kept before it
   * @param store - has what holds before it
   * @returns its payload as it is kept
   */
  append(frame: Frame, start: number, store: PrefaceStore): Buffer {
    let section = this.#isOpen ? this.#sections.at(-1) : undefined;
    const isLong = section !== undefined && spanMs(section, frame.timestamp) >= LOOSE_SECTION_MS;
    if (section === undefined || (isLong && !isPreface(frame))) {
      section = { start, frames: new FrameLog(), prefaces: store.list, prefaceBytes: store.bytes };
      this.keep(section);
      this.#isOpen = true;
    }
    this.#bytes -= sectionBytes(section);
    const payload = section.frames.append(frame);
    this.#bytes += sectionBytes(section);
    this.#count++;
    return payload;
  }

  /** Lets go of the oldest while there is more than `maxBytes`, or more frames than anybody looks through. */
  trim(maxBytes: number): void {
    let over = 0;
    let [bytes, count] = [this.#bytes, this.#count];
    for (const section of this.#sections) {
      if (bytes <= maxBytes && count <= MAX_FRAMES) break;
      bytes -= sectionBytes(section);
      count -= section.frames.length;
      over++;
    }
    this.#shed(over);
  }

  /** Lets go of sections without a frame of the last `ms` milliseconds. */
  forget(now: number, ms: number): void {
    const kept = this.#sections.findIndex(
      ({ frames }) => timestampDistance(now, frames.timestampAt(frames.length - 1)) <= ms,
    );
    this.#shed(kept < 0 ? this.#sections.length : kept);
  }

  clear(): void {
    this.#shed(this.#sections.length);
  }

  #shed(count: number): void {
    if (count === 0) return;
    for (const section of this.#sections.splice(0, count)) {
      this.#bytes -= sectionBytes(section);
      this.#count -= section.frames.length;
    }
    if (this.#sections.length === 0) this.#isOpen = false;
  }
}

function sectionBytes({ frames, prefaceBytes }: FrameSection): number {
  return SECTION_BYTES + frames.bytes + prefaceBytes;
}

function spanMs({ frames }: FrameSection, timestamp: number): number {
  return Math.abs(timestampDistance(timestamp, frames.timestampAt(0)));
}
