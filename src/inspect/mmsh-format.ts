import { ProtocolError } from '../errors.ts';
import { headerObjectBytes, readAsfHeader } from '../protocol/asf/asf-header.ts';
import { readAsfPacket } from '../protocol/asf/asf-packet.ts';
import { HeaderPieces, isAsfHeaderAt } from '../protocol/mmsh/header-pieces.ts';
import {
  DATA_PACKET_HEADER_BYTES,
  FRAMING_HEADER_BYTES,
  MMSH_FRAME,
  MmshPacketId,
  NEXT_FOLLOWS,
} from '../protocol/mmsh/mmsh-packet.ts';
import type { AsfContent } from './record.ts';
import type { FlowFormat, FlowInput, Foothold } from './tolerant-reader.ts';

const packetIds: ReadonlySet<number> = new Set(Object.values(MmshPacketId));
/** Those that have an MMS data packet header where they come from a server. */
const numbered: ReadonlySet<number> = new Set([
  MmshPacketId.data,
  MmshPacketId.header,
  MmshPacketId.metadata,
]);
const PACKET_SIZE_AT = 6;

/** Reads the packets of MMSH, of servers and of those who push. */
export class MmshFormatReader implements FlowFormat {
  readonly protocol = 'mmsh';
  #pieces = newPieces();
  /** Whether there are MMS data packet headers; undefined until a packet showed it. */
  #isNumbered: boolean | undefined;
  #packetBytes: number | undefined;

  readonly inside = undefined;

  read(input: FlowInput): boolean {
    const framing = input.bytes.peek(FRAMING_HEADER_BYTES);
    if (framing === undefined) return false;
    if (!isFramingAt(framing, 0)) throw fault(`no packet begins with 0x${framing.toString('hex')}`);
    const length = framing.readUInt16LE(2);
    const whole = input.bytes.peek(FRAMING_HEADER_BYTES + length);
    if (whole === undefined) return false;
    const packetId = whole.readUInt8(1);
    const body = whole.subarray(FRAMING_HEADER_BYTES);
    this.#lookForNumbers(packetId, body);
    const hasNumber = this.#isNumbered === true && numbered.has(packetId);
    if (hasNumber && !saysItsSize(body)) throw fault(`a packet of ${length} bytes that says another size`);
    const at = input.offset;
    input.skip(whole.length);
    const content = this.#content(input, packetId, body, hasNumber);
    const id = `$${String.fromCharCode(packetId)}`;
    const number = hasNumber ? { locationId: body.readUInt32LE(0) } : {};
    input.found({ is: 'packet', id, length, ...number, content }, at);
    return true;
  }

  lose(): boolean {
    return false;
  }

  drop(): void {
    this.#pieces = newPieces();
  }

  find(window: Buffer, isAll: boolean): Foothold | 'more' | undefined {
    for (let at = 0; at + FRAMING_HEADER_BYTES <= window.length; at++) {
      if (!isFramingAt(window, at)) continue;
      const body = window.subarray(
        at + FRAMING_HEADER_BYTES,
        at + FRAMING_HEADER_BYTES + window.readUInt16LE(at + 2),
      );
      const says = numbered.has(window.readUInt8(at + 1)) && saysItsSize(body);
      if (this.#isNumbered === true && !says) continue;
      const end = at + FRAMING_HEADER_BYTES + window.readUInt16LE(at + 2);
      if (end + FRAMING_HEADER_BYTES > window.length) {
        if (!isAll) return 'more';
        if (says && end <= window.length) return { at, sureness: 'likely' };
      } else if (isFramingAt(window, end)) return { at, sureness: says ? 'certain' : 'likely' };
    }
    return undefined;
  }

  #lookForNumbers(packetId: number, body: Buffer): void {
    if (this.#isNumbered !== undefined || !numbered.has(packetId)) return;
    this.#isNumbered = packetId === MmshPacketId.header ? !isAsfHeaderAt(body, 0) : saysItsSize(body);
  }

  #content(input: FlowInput, packetId: number, body: Buffer, hasNumber: boolean): AsfContent {
    const payload = hasNumber ? body.subarray(DATA_PACKET_HEADER_BYTES) : body;
    try {
      switch (packetId) {
        case MmshPacketId.header:
          return this.#header(input, payload, hasNumber ? body : undefined);
        case MmshPacketId.data:
          return this.#data(input, payload);
        case MmshPacketId.endOfStream:
          return { is: 'end', reason: body.length < 4 ? 0 : body.readUInt32LE(0) };
        case MmshPacketId.streamChange:
          if (body.length > 4) return this.#header(input, body.subarray(4), undefined);
          return { is: 'change' };
        default:
          return { is: 'other' };
      }
    } catch (error) {
      return unreadable(error);
    }
  }

  #header(input: FlowInput, payload: Buffer, numbers: Buffer | undefined): AsfContent {
    const number = numbers && { locationId: numbers.readUInt32LE(0), afFlags: numbers.readUInt8(5) };
    if (payload.length < headerObjectBytes && !this.#pieces.isComing)
      throw fault(`an ASF header of ${payload.length} bytes`);
    const bytes = this.#pieces.add(Buffer.from(payload), number);
    if (bytes === undefined) return { is: 'other' };
    const { packetBytes, streams } = readAsfHeader(bytes);
    this.#packetBytes = packetBytes;
    input.media({ is: 'asf-header', packetBytes, bytes });
    return headerContent(packetBytes, streams);
  }

  #data(input: FlowInput, payload: Buffer): AsfContent {
    const packetBytes = this.#packetBytes ?? payload.length;
    const content = packetContent(payload, packetBytes);
    if (this.#packetBytes !== undefined) input.media({ is: 'asf-packet', packetBytes, bytes: payload });
    return content;
  }
}

/** What an ASF header says, for people. */
export function headerContent(
  packetBytes: number,
  streams: readonly { readonly number: number; readonly type: string; readonly codec: string }[],
): AsfContent {
  return {
    is: 'asf-header',
    packetBytes,
    streams: streams.map(({ number, type, codec }) => ({ number, type, codec })),
  };
}

/** What an ASF data packet says; never throws. */
export function packetContent(packet: Buffer, packetBytes: number): AsfContent {
  try {
    const { sendTimeMs, durationMs, payloads } = readAsfPacket(packet, packetBytes);
    return {
      is: 'asf-packet',
      sendTimeMs,
      durationMs,
      payloads: payloads.map(({ stream, isKey, startsObject, timeAt, at, end }) => ({
        stream,
        isKey,
        startsObject,
        timeMs: timeAt === undefined ? undefined : packet.readUInt32LE(timeAt),
        bytes: end - at,
      })),
    };
  } catch (error) {
    return unreadable(error);
  }
}

/** What is said of what a decoder has refused. */
function unreadable(error: unknown): AsfContent {
  if (!(error instanceof ProtocolError)) throw error;
  return { is: 'unreadable', reason: error.message };
}

function newPieces(): HeaderPieces {
  return new HeaderPieces(fault);
}

function isFramingAt(bytes: Buffer, at: number): boolean {
  return (bytes.readUInt8(at) & ~NEXT_FOLLOWS) === MMSH_FRAME && packetIds.has(bytes.readUInt8(at + 1));
}

/** Whether a body begins with an MMS data packet header, which repeats its size. */
function saysItsSize(body: Buffer): boolean {
  return body.length >= DATA_PACKET_HEADER_BYTES && body.readUInt16LE(PACKET_SIZE_AT) === body.length;
}

function fault(problem: string): ProtocolError {
  return new ProtocolError('MMSH_PACKET_INVALID', problem);
}
