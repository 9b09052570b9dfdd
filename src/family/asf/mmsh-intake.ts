import { MmshEndReason } from '../../protocol/mmsh/mmsh-packet.ts';
import { type MmshFraming, type MmshPacket, MmshReader } from '../../protocol/mmsh/mmsh-reader.ts';
import { Work, type WorkMeter } from '../../protocol/work-meter.ts';
import type { Frame, HeaderFrame } from '../../stream/frame.ts';
import { AsfFrames } from './asf-frames.ts';
import { AsfTag } from './asf-tag.ts';
import { mmshNoticePath } from './mmsh-wire-form.ts';

/** What is known of a stream of MMSH packets before it comes. */
export interface MmshIntakeOptions {
  /** Is told how much work the bytes are. */
  readonly meter: WorkMeter;
  /** The header in force, where it goes on after another one: its packets look as those of that one did. */
  readonly goesOnFrom?: HeaderFrame | undefined;
  /** A relay that it comes from says which relays bring it. */
  readonly onPath?: (path: readonly string[]) => void;
}

/** Reads the MMSH packets that one publisher or server sends. */
export class MmshIntake {
  readonly #reader: MmshReader;
  readonly #meter: WorkMeter;
  readonly #onPath: ((path: readonly string[]) => void) | undefined;
  readonly #frames = new AsfFrames();
  /** The header in force, as it came. */
  #header: Buffer | undefined;
  #packetCount = 0;
  #ended: 'no' | 'over' = 'no';

  constructor({ meter, goesOnFrom, onPath }: MmshIntakeOptions) {
    this.#reader = new MmshReader({ meter, framing: framingOf(goesOnFrom) });
    this.#meter = meter;
    this.#onPath = onPath;
    if (goesOnFrom === undefined) return;
    this.#frames.goOn(goesOnFrom);
    this.#header = goesOnFrom.payload;
  }

  /** Whether the sender has said that its stream is over: what comes behind that is passed over. */
  get ended(): 'no' | 'over' {
    return this.#ended;
  }

  /** Takes bytes over. */
  push(bytes: Buffer): void {
    if (this.#ended === 'no') this.#reader.push(bytes);
  }

  /** The frames that are complete by now, until the meter is spent. @throws ProtocolError */
  *frames(): Generator<Frame> {
    if (this.#ended === 'over') return;
    for (const packet of this.#reader.packets()) {
      const frame = this.#frameOf(packet);
      if (frame !== undefined) yield frame;
      if (this.ended === 'over') return;
    }
  }

  /** Nothing more comes. @throws ProtocolError in the middle of a packet, or of a header in pieces */
  end(): void {
    if (this.#ended === 'no') this.#reader.end();
  }

  get partialBytes(): number {
    return this.#ended === 'no' ? this.#reader.partialBytes : 0;
  }

  /** What has come, for people. */
  get summary(): string {
    return `${this.#packetCount} packets`;
  }

  #frameOf(packet: MmshPacket): Frame | undefined {
    switch (packet.is) {
      case 'header':
        return this.#newHeader(packet.header);
      case 'data':
        return this.#packet(packet.packet);
      case 'end':
        if (packet.reason === MmshEndReason.over) this.#ended = 'over';
        return undefined;
      case 'change':
        return undefined; // the header follows
      case 'notice':
        this.#onPath?.(mmshNoticePath(packet.payload));
        return undefined;
      default:
        return packet satisfies never;
    }
  }

  /** What a short packet lacks of its padding is written for players all the same, though nobody has sent it. */
  #packet(packet: Buffer): Frame {
    this.#packetCount++;
    const missing = (this.#frames.current?.packetBytes ?? 0) - packet.length;
    if (missing > 0) this.#meter.spend(missing * Work.paddingByte, 0);
    return this.#frames.packet(packet);
  }

  /** Whoever posts a stream in parts may say its header again each time: that is no change. */
  #newHeader(bytes: Buffer): Frame | undefined {
    const header = this.#frames.header(bytes);
    this.#meter.spend(this.#frames.current?.objectCount ?? 0, 0);
    if (this.#header?.equals(header.payload)) return undefined;
    this.#header = header.payload;
    return this.#reader.framing === 'plain' ? header : { ...header, tag: AsfTag.framed(header.tag) };
  }
}

/** How the packets look of whoever has sent a header. */
function framingOf(header: HeaderFrame | undefined): MmshFraming {
  if (header === undefined) return 'detect';
  return AsfTag.isFramed(header.tag) ? 'with data packet headers' : 'plain';
}
