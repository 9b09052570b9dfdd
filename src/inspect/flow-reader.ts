import { isAsfHeaderAt } from '../protocol/mmsh/header-pieces.ts';
import { MMSH_FRAME, MmshPacketId, NEXT_FOLLOWS } from '../protocol/mmsh/mmsh-packet.ts';
import { isCommandType } from '../protocol/rtmp/message/message.ts';
import { AnyFormat } from './any-format.ts';
import { AsfFormatReader } from './asf-format.ts';
import { ChunkFormatReader } from './chunk-format.ts';
import type { FlowContentReader, FlowOptions } from './flow-content-reader.ts';
import type { HttpConversation } from './http/http-conversation.ts';
import { beginsAsHead, findHead } from './http/http-head.ts';
import { HttpReader } from './http/http-reader.ts';
import { MmshFormatReader } from './mmsh-format.ts';
import type { CapturedFlow, FlowProtocol, InspectSink } from './record.ts';
import { TagFormatReader } from './tag-format.ts';
import { FlowInput, TolerantReader } from './tolerant-reader.ts';

/** Where a flow begins: a body has a head before it that says what it is; of a file and of a tunnel nobody knows. */
export type FlowBeginning = 'connection' | 'middle' | 'body' | 'file' | 'tunnel';

/** So many bytes tell what a flow is; of RTMP the first one does. */
const TELLING_BYTES = 16;
/** The first line of a head is looked for in so many bytes. */
const MAX_LINE_BYTES = 4096;

/** Finds out what a flow is by its first bytes, and reads it. */
export class FlowReader implements FlowContentReader {
  readonly #flow: CapturedFlow;
  readonly #options: FlowOptions;
  readonly #beginning: FlowBeginning;
  readonly #conversation: HttpConversation | undefined;
  /** Until it is known what they are. */
  #first: Buffer = Buffer.alloc(0);
  #firstTimeMs: number | undefined;
  #reader: FlowContentReader | undefined;
  /** Looks for what it is, from the middle on. */
  #search: AnyFormat | undefined;
  #offset = 0;

  /** @param conversation - with the other direction of its connection; undefined where HTTP cannot be in it */
  constructor(
    flow: CapturedFlow,
    beginning: FlowBeginning,
    options: FlowOptions,
    conversation?: HttpConversation,
  ) {
    this.#flow = flow;
    this.#beginning = beginning;
    this.#options = options;
    this.#conversation = conversation;
  }

  push(bytes: Buffer, timeMs: number | undefined): void {
    const at = this.#offset;
    this.#offset += bytes.length;
    if (this.#isHttp(bytes) && this.#conversation !== undefined)
      this.#switchToHttp(this.#conversation, at, timeMs);
    if (this.#reader !== undefined) {
      this.#reader.push(bytes, timeMs);
      return;
    }
    this.#first = Buffer.concat([this.#first, bytes]);
    this.#firstTimeMs ??= timeMs;
    if (this.#first.length >= TELLING_BYTES) this.#begin(timeMs);
  }

  gap(bytes: number | undefined): void {
    this.#offset += bytes ?? 0;
    if (this.#reader === undefined) this.#begin(this.#firstTimeMs);
    this.#reader?.gap(bytes);
  }

  end(): void {
    if (this.#reader === undefined) this.#begin(this.#firstTimeMs);
    this.#reader?.end();
  }

  #begin(timeMs: number | undefined): void {
    const { sink } = this.#options;
    const isHttp = this.#conversation !== undefined && beginsAsHead(telling(this.#first));
    const protocol = isHttp ? 'http' : protocolOf(this.#first, this.#beginning);
    const note = protocol === 'unknown' ? noteOn(this.#first, this.#beginning) : undefined;
    sink.found({ flow: this.#flow, offset: 0, timeMs: this.#firstTimeMs, is: 'flow', protocol, note });
    const isReadable = encryptionOf(this.#first, this.#beginning) === undefined;
    this.#reader =
      isReadable || protocol !== 'unknown' ? this.#readerOf(protocol) : passing(this.#flow, sink);
    this.#reader.push(this.#first, timeMs);
    this.#first = Buffer.alloc(0);
  }

  #readerOf(protocol: FlowProtocol): FlowContentReader {
    const { budget, tellsChunks, sink } = this.#options;
    switch (protocol) {
      case 'http':
        return this.#http(this.#conversation as HttpConversation, 0);
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
        if (this.#beginning === 'connection' || this.#beginning === 'body') return passing(this.#flow, sink);
        this.#search = new AnyFormat(budget, tellsChunks);
        return this.#tolerant(this.#search, true);
      default:
        return protocol satisfies never;
    }
  }

  #http(conversation: HttpConversation, offset: number): HttpReader {
    const openBody = (body: CapturedFlow): FlowReader => new FlowReader(body, 'body', this.#options);
    return new HttpReader({ ...this.#options, flow: this.#flow, conversation, openBody }, offset);
  }

  /** Whether a segment of a connection that was captured from the middle is the first with a head of HTTP. */
  #isHttp(bytes: Buffer): boolean {
    return (
      this.#beginning === 'middle' &&
      this.#search?.protocol === 'unknown' &&
      bytes.length >= TELLING_BYTES &&
      findHead(bytes.subarray(0, MAX_LINE_BYTES)) === 0
    );
  }

  #switchToHttp(conversation: HttpConversation, at: number, timeMs: number | undefined): void {
    this.#search = undefined;
    this.#reader = this.#http(conversation, at);
    const found = { is: 'resumed', protocol: 'http', sureness: 'likely', skippedBytes: at } as const;
    this.#options.sink.found({ flow: this.#flow, offset: at, timeMs, ...found });
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
      offset += bytes ?? 0;
    },
    end: () => sink.found({ flow, offset, is: 'end' }),
  };
}

const RTMP_VERSION = 3;
const TLS_HANDSHAKE = 0x16;

function telling(first: Buffer): string {
  return first.toString('latin1', 0, TELLING_BYTES);
}

function protocolOf(first: Buffer, beginning: FlowBeginning): FlowProtocol {
  if (telling(first).startsWith('FLV\x01')) return 'flv';
  if (first.length >= TELLING_BYTES && isAsfHeaderAt(first, 0)) return 'asf';
  const [frame = 0, packetId = 0] = first;
  if ((frame & ~NEXT_FOLLOWS) === MMSH_FRAME && Object.values<number>(MmshPacketId).includes(packetId))
    return beginning === 'middle' ? 'unknown' : 'mmsh';
  if (beginning === 'body') return 'unknown';
  // the four zeros of RTMP 1.0, or a version of Adobe's software
  if (frame === RTMP_VERSION && beginning === 'connection') return 'rtmp';
  const isUncertain = beginning === 'file' || beginning === 'tunnel';
  if (frame === RTMP_VERSION && isUncertain && !isCommandChunk(first)) return 'rtmp';
  return 'unknown';
}

/** A file that begins in the middle may do so with a command in a chunk of format 0 on chunk stream 3, which has a known type there. */
function isCommandChunk(first: Buffer): boolean {
  return first.length >= 12 && isCommandType(first.readUInt8(7)) && first.readUInt32LE(8) === 0;
}

function noteOn(first: Buffer, beginning: FlowBeginning): string | undefined {
  if (first.length === 0) return 'nothing came';
  const encryption = encryptionOf(first, beginning);
  if (encryption !== undefined) return `${encryption}: it is encrypted, and cannot be read here`;
  switch (beginning) {
    case 'middle':
      return 'the capture begins in the middle of it';
    case 'file':
    case 'tunnel':
      return 'it begins in the middle';
    case 'connection':
      return `it begins with 0x${first.toString('hex', 0, TELLING_BYTES)}, which nobody knows here`;
    case 'body':
      return undefined;
    default:
      return beginning satisfies never;
  }
}

/** Types of records of TLS, from change cipher spec to application data. */
const tlsRecords: ReadonlySet<number> = new Set([0x14, 0x15, TLS_HANDSHAKE, 0x17]);
const MAX_TLS_RECORD_BYTES: number = 2 ** 14 + 2048;
/** Versions of RTMP whose chunks are encrypted. */
const encryptedVersions: ReadonlySet<number> = new Set([6, 8]);

/** What encrypts a flow; undefined where nothing does that is known. */
function encryptionOf(first: Buffer, beginning: FlowBeginning): string | undefined {
  const [type = 0, major = 0, minor = 0] = first;
  if (first.length >= 5 && major === 3 && minor <= 4 && tlsRecords.has(type)) {
    const isBeginning = type === TLS_HANDSHAKE && beginning !== 'middle';
    if (isBeginning || first.readUInt16BE(3) <= MAX_TLS_RECORD_BYTES) return 'TLS';
  }
  const isGreeting = beginning === 'connection' || beginning === 'tunnel';
  return isGreeting && encryptedVersions.has(type) ? 'RTMPE' : undefined;
}
