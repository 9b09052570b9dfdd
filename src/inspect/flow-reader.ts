import { isAsfHeaderAt } from '../protocol/mmsh/header-pieces.ts';
import { MMSH_FRAME, MmshPacketId, NEXT_FOLLOWS } from '../protocol/mmsh/mmsh-packet.ts';
import { isCommandType } from '../protocol/rtmp/message/message.ts';
import { AnyFormat } from './any-format.ts';
import { AsfFormatReader } from './asf-format.ts';
import { ChunkFormatReader } from './chunk-format.ts';
import type { FlowContentReader, FlowOptions } from './flow-content-reader.ts';
import { HttpReader } from './http-reader.ts';
import { MmshFormatReader } from './mmsh-format.ts';
import type { CapturedFlow, FlowProtocol, InspectSink } from './record.ts';
import { TagFormatReader } from './tag-format.ts';
import { FlowInput, TolerantReader } from './tolerant-reader.ts';

/** Where a flow begins: a body has a head before it that says what it is; of a file nobody knows. */
export type FlowBeginning = 'connection' | 'middle' | 'body' | 'file';

/** So many bytes tell what a flow is; of RTMP the first one does. */
const TELLING_BYTES = 16;

/** Finds out what a flow is by its first bytes, and reads it. */
export class FlowReader implements FlowContentReader {
  readonly #flow: CapturedFlow;
  readonly #options: FlowOptions;
  readonly #beginning: FlowBeginning;
  /** Until it is known what they are. */
  #first: Buffer = Buffer.alloc(0);
  #firstTimeMs: number | undefined;
  #reader: FlowContentReader | undefined;

  constructor(flow: CapturedFlow, beginning: FlowBeginning, options: FlowOptions) {
    this.#flow = flow;
    this.#beginning = beginning;
    this.#options = options;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    if (this.#reader !== undefined) {
      this.#reader.push(bytes, timeMs);
      return;
    }
    this.#first = Buffer.concat([this.#first, bytes]);
    this.#firstTimeMs ??= timeMs;
    if (this.#first.length >= TELLING_BYTES) this.#begin(timeMs);
  }

  gap(bytes: number): void {
    if (this.#reader === undefined) this.#begin(this.#firstTimeMs);
    this.#reader?.gap(bytes);
  }

  end(): void {
    if (this.#reader === undefined) this.#begin(this.#firstTimeMs);
    this.#reader?.end();
  }

  #begin(timeMs: number | undefined): void {
    const { sink } = this.#options;
    const protocol = protocolOf(this.#first, this.#beginning);
    const note = protocol === 'unknown' ? noteOn(this.#first, this.#beginning) : undefined;
    sink.found({ flow: this.#flow, offset: 0, timeMs: this.#firstTimeMs, is: 'flow', protocol, note });
    this.#reader = this.#readerOf(protocol);
    this.#reader.push(this.#first, timeMs);
    this.#first = Buffer.alloc(0);
  }

  #readerOf(protocol: FlowProtocol): FlowContentReader {
    const { budget, tellsChunks, sink } = this.#options;
    switch (protocol) {
      case 'http':
        return new HttpReader(
          this.#flow,
          this.#options,
          (body) => new FlowReader(body, 'body', this.#options),
        );
      case 'rtmp':
        return this.#tolerant(new ChunkFormatReader(budget, tellsChunks, true));
      case 'flv':
        return this.#tolerant(new TagFormatReader(true));
      case 'mmsh':
        return this.#tolerant(new MmshFormatReader());
      case 'asf':
        return this.#tolerant(new AsfFormatReader());
      case 'websocket':
      case 'unknown':
        if (this.#beginning === 'middle' || this.#beginning === 'file')
          return this.#tolerant(new AnyFormat(budget, tellsChunks), true);
        return passing(this.#flow, sink);
      default:
        return protocol satisfies never;
    }
  }

  #tolerant(format: ConstructorParameters<typeof TolerantReader>[1], isInMiddle = false): FlowContentReader {
    const { sink, budget } = this.#options;
    const input = new FlowInput(this.#flow, sink);
    const reader = new TolerantReader(input, format, isInMiddle);
    return {
      push: (bytes, timeMs) => {
        input.lend(bytes, timeMs);
        reader.run();
        reader.keep(budget);
      },
      gap: (bytes) => reader.gap(bytes),
      end: () => {
        reader.end();
        reader.keep(budget);
      },
    };
  }
}

/** Only counts the bytes. */
function passing(flow: CapturedFlow, sink: InspectSink): FlowContentReader {
  let offset = 0;
  return {
    push: (bytes) => {
      offset += bytes.length;
    },
    gap: (bytes) => {
      offset += bytes;
    },
    end: () => sink.found({ flow, offset, is: 'end' }),
  };
}

const RTMP_VERSION = 3;
const TLS_HANDSHAKE = 0x16;

function protocolOf(first: Buffer, beginning: FlowBeginning): FlowProtocol {
  const text = first.toString('latin1', 0, TELLING_BYTES);
  if (text.startsWith('FLV\x01')) return 'flv';
  if (first.length >= TELLING_BYTES && isAsfHeaderAt(first, 0)) return 'asf';
  const [frame = 0, packetId = 0] = first;
  if ((frame & ~NEXT_FOLLOWS) === MMSH_FRAME && Object.values<number>(MmshPacketId).includes(packetId))
    return beginning === 'middle' ? 'unknown' : 'mmsh';
  if (beginning === 'body') return 'unknown';
  if (/^(?:GET|HEAD|POST|PUT|OPTIONS|DELETE|PATCH) |^HTTP\/1\./.test(text)) return 'http';
  // the four zeros of RTMP 1.0, or a version of Adobe's software
  if (frame === RTMP_VERSION && beginning === 'connection') return 'rtmp';
  if (frame === RTMP_VERSION && beginning === 'file' && !isCommandChunk(first)) return 'rtmp';
  return 'unknown';
}

/** A file that begins in the middle may do so with a command in a chunk of format 0 on chunk stream 3, which has a known type there. */
function isCommandChunk(first: Buffer): boolean {
  return first.length >= 12 && isCommandType(first.readUInt8(7)) && first.readUInt32LE(8) === 0;
}

function noteOn(first: Buffer, beginning: FlowBeginning): string | undefined {
  if (first.length === 0) return 'nothing came';
  if (beginning === 'middle') return 'the capture begins in the middle of it';
  if (first[0] === TLS_HANDSHAKE && first[1] === RTMP_VERSION) return 'TLS: it is encrypted';
  return beginning === 'file' ? 'it begins in the middle' : undefined;
}
