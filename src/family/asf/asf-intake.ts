import { AsfFileReader } from '../../protocol/asf/asf-file-reader.ts';
import type { WorkMeter } from '../../protocol/work-meter.ts';
import type { Frame } from '../../stream/frame.ts';
import { AsfFrames } from './asf-frames.ts';

/** Reads the raw ASF that one publisher or server sends, as an ASF file is. */
export class AsfIntake {
  readonly #reader: AsfFileReader;
  readonly #frames = new AsfFrames();
  #packetCount = 0;

  /** @param meter - is told of the header and every packet */
  constructor(meter: WorkMeter) {
    this.#reader = new AsfFileReader(meter);
  }

  /** Takes bytes over. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** The frames that are complete by now, until the meter is spent. @throws ProtocolError */
  *frames(): Generator<Frame> {
    for (const { is, bytes } of this.#reader.parts()) {
      if (is === 'packet') this.#packetCount++;
      yield is === 'header' ? this.#frames.header(bytes) : this.#frames.packet(bytes);
    }
  }

  /** The publisher says that this was all. @throws ProtocolError when it ends inside the header or a packet */
  end(): void {
    this.#reader.end();
  }

  get partialBytes(): number {
    return this.#reader.partialBytes;
  }

  /** What has come, for people. */
  get summary(): string {
    return `${this.#packetCount} packets`;
  }
}
