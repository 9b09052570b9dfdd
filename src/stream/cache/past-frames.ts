import type { Frame } from '../frame.ts';
import { timestampDistance } from '../timeline.ts';
import { FrameLog } from './frame-log.ts';
import type { FrameSection } from './frame-section.ts';
import type { PrefaceStore } from './preface-store.ts';

/** Frames that belong to no keyframe group are kept in sections of about this length, milliseconds: a section goes as a whole. */
const LOOSE_SECTION_MS = 1000;

/** What a section takes up besides its frames, bytes. */
const SECTION_BYTES = 512;

/**
 * What a stream has sent before its keyframe group, or without one, as long as relays downstream may come back for it: sections
 * as they were, nothing is copied.
 */
export class PastFrames {
  readonly #sections: FrameSection[] = [];
  #bytes = 0;
  /** Whether the last section is of loose frames, and more of them may come. */
  #isOpen = false;

  /** What it takes to keep all of it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest first. */
  get sections(): readonly FrameSection[] {
    return this.#sections;
  }

  /** Keeps a section that is over. */
  keep(section: FrameSection): void {
    this.#isOpen = false;
    this.#sections.push(section);
    this.#bytes += sectionBytes(section);
  }

  /**
   * Keeps a frame that no keyframe group has.
   * @param start - how many frames of the stream were kept before it
   * @param store - has what holds before it
   * @returns its payload as it is kept
   */
  append(frame: Frame, start: number, store: PrefaceStore): Buffer {
    let section = this.#isOpen ? this.#sections.at(-1) : undefined;
    if (section === undefined || spanMs(section, frame.timestamp) >= LOOSE_SECTION_MS) {
      section = { start, frames: new FrameLog(), prefaces: store.list, prefaceBytes: store.bytes };
      this.keep(section);
      this.#isOpen = true;
    }
    this.#bytes -= sectionBytes(section);
    const payload = section.frames.append(frame);
    this.#bytes += sectionBytes(section);
    return payload;
  }

  /** Lets go of sections without a frame of the last `ms` milliseconds, and of the oldest while there is more than `maxBytes`. */
  trim(now: number, ms: number, maxBytes: number): void {
    let count = 0;
    while (this.#isOver(count, now, ms) || (this.#bytes > maxBytes && count < this.#sections.length)) {
      this.#bytes -= sectionBytes(this.#sections[count] as FrameSection);
      count++;
    }
    if (count > 0) this.#sections.splice(0, count);
    if (this.#sections.length === 0) this.#isOpen = false;
  }

  clear(): void {
    this.#sections.length = 0;
    this.#bytes = 0;
    this.#isOpen = false;
  }

  #isOver(index: number, now: number, ms: number): boolean {
    const frames = this.#sections[index]?.frames;
    if (frames === undefined) return false;
    return timestampDistance(now, frames.timestampAt(frames.length - 1)) > ms;
  }
}

function sectionBytes({ frames, prefaceBytes }: FrameSection): number {
  return SECTION_BYTES + frames.bytes + prefaceBytes;
}

function spanMs({ frames }: FrameSection, timestamp: number): number {
  return Math.abs(timestampDistance(timestamp, frames.timestampAt(0)));
}
