import { ByteQueue } from '../../bytes/byte-queue.ts';
import type { ProtocolError } from '../../errors.ts';
import { asfHeaderBytes } from '../asf/asf-header.ts';
import { AsfGuid, guidAt } from '../asf/asf-object.ts';
import { AfFlag } from './mmsh-packet.ts';

/** Whether an ASF header begins at this place of a payload. */
export function isAsfHeaderAt(payload: Buffer, at: number): boolean {
  return guidAt(payload, at) === AsfGuid.header;
}

/** What the MMS data packet header of a piece says of it. */
export interface PieceNumber {
  readonly locationId: number;
  readonly afFlags: number;
}

/** Puts an ASF header together that comes in several $H packets. */
export class HeaderPieces {
  readonly #fault: (problem: string) => ProtocolError;
  readonly #bytes = new ByteQueue();
  /** What is known of the header whose pieces are coming. */
  #coming: { readonly size: number; readonly nextLocationId: number } | undefined;

  /** @param fault - makes the error that is thrown at a piece that does not fit */
  constructor(fault: (problem: string) => ProtocolError) {
    this.#fault = fault;
  }

  /** Whether more pieces have to come before anything else. */
  get isComing(): boolean {
    return this.#coming !== undefined;
  }

  /** Bytes of the pieces that are kept. */
  get length(): number {
    return this.#bytes.length;
  }

  /**
   * Takes the next piece over, and gives the header if it is whole now.
   * @param number - what its MMS data packet header says; without one, the size of the Header Object tells which piece is the last
   * @throws ProtocolError when a piece is missing or comes twice, and `ASF_HEADER_INVALID` at a first one that begins no header that
   *   is taken
   */
  add(piece: Buffer, number: PieceNumber | undefined): Buffer | undefined {
    this.#checkOrder(piece, number);
    const size = this.#coming?.size ?? asfHeaderBytes(piece);
    const length = this.#bytes.length + piece.length;
    const isLast = number === undefined ? length >= size : (number.afFlags & AfFlag.last) !== 0;
    if (length > size || (isLast && length < size))
      throw this.#fault(`an ASF header of ${size} bytes in pieces of ${length}`);
    this.#bytes.push(piece);
    this.#coming = isLast ? undefined : { size, nextLocationId: ((number?.locationId ?? 0) + 1) >>> 0 };
    return isLast ? this.#bytes.read(length) : undefined;
  }

  #checkOrder(piece: Buffer, number: PieceNumber | undefined): void {
    const isFirst = number === undefined ? isAsfHeaderAt(piece, 0) : (number.afFlags & AfFlag.first) !== 0;
    const coming = this.#coming;
    if (coming === undefined) {
      if (!isFirst) throw this.#fault('a piece of an ASF header whose first piece has not come');
    } else if (isFirst) {
      throw this.#fault('the first piece of an ASF header while another one is not whole');
    } else if (number !== undefined && number.locationId !== coming.nextLocationId) {
      throw this.#fault(`piece ${number.locationId} of an ASF header, expected ${coming.nextLocationId}`);
    }
  }
}
