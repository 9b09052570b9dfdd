import { ProtocolError } from '../errors.ts';
import {
  FlvTagType,
  flvFileHeaderBytes,
  flvTagBytes,
  flvTagHeaderBytes,
  previousTagSizeBytes,
} from '../protocol/flv/flv-tag.ts';
import { contentOf } from './content.ts';
import type { FlowFormat, FlowInput, Foothold } from './tolerant-reader.ts';

const tagTypes: ReadonlySet<number> = new Set(Object.values(FlvTagType));

/** Longer tags are in nobody's stream, bytes. */
const MAX_TAG_BYTES: number = 2 ** 23;

/** Reads FLV, from its file header or from the middle. */
export class TagFormatReader implements FlowFormat {
  readonly protocol = 'flv';
  /** Whether the file header is still to come. */
  #isAtHeader: boolean;

  constructor(hasFileHeader: boolean) {
    this.#isAtHeader = hasFileHeader;
  }

  readonly inside = undefined;

  read(input: FlowInput): boolean {
    if (this.#isAtHeader) {
      if (input.bytes.length < flvFileHeaderBytes + previousTagSizeBytes) return false;
      input.skip(flvFileHeaderBytes + previousTagSizeBytes);
      this.#isAtHeader = false;
    }
    const header = input.bytes.peek(flvTagHeaderBytes);
    if (header === undefined) return false;
    const { type, size, timestamp } = tagHeader(header, 0);
    if (!tagTypes.has(type)) throw fault(`a tag of type ${type}, which nobody knows`);
    if (size > MAX_TAG_BYTES) throw fault(`a tag of ${size} bytes, limit ${MAX_TAG_BYTES}`);
    const whole = input.bytes.peek(flvTagBytes(size));
    if (whole === undefined) return false;
    const previous = whole.readUInt32BE(whole.length - previousTagSizeBytes);
    // some muxers leave it 0
    if (previous !== flvTagHeaderBytes + size && previous !== 0)
      throw fault(`PreviousTagSize ${previous} behind a tag of ${flvTagHeaderBytes + size} bytes`);
    const at = input.offset;
    input.skip(whole.length);
    const payload = whole.subarray(flvTagHeaderBytes, flvTagHeaderBytes + size);
    input.media({ is: 'flv', type, timestamp, messageStreamId: 0, payload });
    const content = contentOf({ type, timestamp, messageStreamId: 0, payload });
    input.found({ is: 'tag', type, timestamp, length: size, lostBytes: 0, content }, at);
    return true;
  }

  lose(): boolean {
    return false;
  }

  drop(): void {
    this.#isAtHeader = false;
  }

  find(window: Buffer, isAll: boolean): Foothold | 'more' | undefined {
    for (let at = 0; at + flvTagHeaderBytes <= window.length; at++) {
      if (!canBeTag(window, at)) continue;
      const end = at + flvTagBytes(tagHeader(window, at).size);
      if (end > window.length) {
        if (isAll) continue;
        return 'more';
      }
      if (window.readUInt32BE(end - previousTagSizeBytes) !== end - at - previousTagSizeBytes) continue;
      if (end + flvTagHeaderBytes > window.length) return { at, sureness: 'likely' };
      if (canBeTag(window, end)) return { at, sureness: 'certain' };
    }
    return undefined;
  }
}

/** Whether the header of a tag stands at a place that has enough bytes for one. */
export function canBeTag(window: Buffer, at: number): boolean {
  const { type, size } = tagHeader(window, at);
  return tagTypes.has(type) && size > 0 && size <= MAX_TAG_BYTES && window.readUIntBE(at + 8, 3) === 0;
}

/** What the header of a tag says. */
export function tagHeader(bytes: Buffer, at: number): { type: number; size: number; timestamp: number } {
  return {
    type: bytes.readUInt8(at),
    size: bytes.readUIntBE(at + 1, 3),
    timestamp: ((bytes.readUInt8(at + 7) << 24) | bytes.readUIntBE(at + 4, 3)) >>> 0,
  };
}

function fault(problem: string): ProtocolError {
  return new ProtocolError('FLV_TAG_INVALID', problem);
}
