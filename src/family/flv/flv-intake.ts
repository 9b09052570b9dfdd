import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import type { WorkMeter } from '../../protocol/work-meter.ts';
import type { Frame } from '../../stream/frame.ts';
import { flvFrame } from './flv-frame.ts';

/** Reads the FLV that one publisher sends, tag by tag. */
export class FlvIntake {
  readonly #tags: FlvTagReader;
  #tagCount = 0;

  /**
   * @param maxTagBytes - largest payload of a tag, bytes
   * @param meter - is told of every tag
   */
  constructor(maxTagBytes: number, meter: WorkMeter) {
    this.#tags = new FlvTagReader({ maxTagBytes }, meter);
  }

  /** Takes bytes over. */
  push(bytes: Buffer): void {
    this.#tags.push(bytes);
  }

  /** The frames of the tags that are complete by now, until the meter is spent. @throws ProtocolError */
  *frames(): Generator<Frame> {
    for (const { type, timestamp, payload } of this.#tags.tags()) {
      this.#tagCount++;
      const frame = flvFrame(type, timestamp, payload);
      if (frame !== undefined) yield frame;
    }
  }

  /** The publisher says that this was all. @throws ProtocolError when it ends inside a tag */
  end(): void {
    this.#tags.end();
  }

  get partialBytes(): number {
    return this.#tags.partialBytes;
  }

  /** What has come, for people. */
  get summary(): string {
    return `${this.#tagCount} tags`;
  }
}
