import { asfHeaderBytes, headerObjectBytes, readAsfHeader } from '../protocol/asf/asf-header.ts';
import { guidAt, guidBytes, indexGuids } from '../protocol/asf/asf-object.ts';
import { headerContent, packetContent } from './mmsh-format.ts';
import type { FlowFormat, FlowInput, Foothold } from './tolerant-reader.ts';

/** Reads ASF as players get it that speak no MMSH: a header, then data packets of one size. */
export class AsfFormatReader implements FlowFormat {
  readonly protocol = 'asf';
  readonly inside = undefined;
  /** Undefined before the header. */
  #packetBytes: number | undefined;
  #isBehind = false;
  /** Bytes from the beginning of a packet that are not there, so that the next one is found all the same. */
  #missing = 0;

  read(input: FlowInput): boolean {
    const { bytes } = input;
    if (this.#isBehind) {
      input.skip(bytes.length);
      return false;
    }
    const packetBytes = this.#packetBytes;
    if (packetBytes === undefined) return this.#readHeader(input);
    const first = bytes.peek(Math.min(guidBytes, packetBytes));
    if (first !== undefined && indexGuids.has(guidAt(first, 0))) {
      this.#isBehind = true;
      return true;
    }
    const at = input.offset;
    const packet = input.read(packetBytes - this.#missing);
    if (packet === undefined) return false;
    if (this.#missing > 0) this.#missing = 0;
    else {
      const content = packetContent(packet, packetBytes);
      input.media({ is: 'asf-packet', packetBytes, bytes: packet });
      input.found({ is: 'packet', id: '$D', length: packetBytes, content }, at);
    }
    return true;
  }

  lose(bytes: number, queuedBytes: number): boolean {
    if (this.#packetBytes === undefined) return false;
    this.#missing = (this.#missing + queuedBytes + bytes) % this.#packetBytes;
    return true;
  }

  drop(): void {
    this.#isBehind = this.#packetBytes === undefined;
  }

  /** Packets are of one size: what cannot be read of one does not matter to the next. */
  find(_window: Buffer, _isAll: boolean): Foothold | undefined {
    return { at: 0, sureness: 'certain' };
  }

  #readHeader(input: FlowInput): boolean {
    const first = input.bytes.peek(headerObjectBytes);
    if (first === undefined) return false;
    const bytes = input.bytes.peek(asfHeaderBytes(first));
    if (bytes === undefined) return false;
    const { packetBytes, streams } = readAsfHeader(bytes);
    const at = input.offset;
    input.skip(bytes.length);
    this.#packetBytes = packetBytes;
    input.media({ is: 'asf-header', packetBytes, bytes });
    input.found(
      { is: 'packet', id: '$H', length: bytes.length, content: headerContent(packetBytes, streams) },
      at,
    );
    return true;
  }
}
