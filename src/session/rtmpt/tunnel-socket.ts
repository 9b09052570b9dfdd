import { Duplex } from 'node:stream';
import type { PeerSocket } from '../socket/peer-socket.ts';

/** Who is at the other end of a tunnel, and what is told about what goes through. */
export interface TunnelSocketEnds extends Pick<PeerSocket, 'remoteAddress' | 'remotePort'> {
  /** There is something to take, where there was nothing. */
  onWaiting(): void;
  /** There is room again for what the peer sends. */
  onRoom(): void;
}

/** What is written and not taken: one write after the other, as `_write` is given them. */
interface PendingWrite {
  readonly bytes: Buffer;
  readonly done: () => void;
  taken: number;
}

/**
 * The server's end of a connection that comes in pieces: what a session writes waits until it is taken, what is delivered is read by
 * the session. For the session it is a socket whose kernel takes as much as the client asks for.
 */
export class TunnelSocket extends Duplex implements PeerSocket {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  bytesRead = 0;
  readonly #ends: TunnelSocketEnds;
  #takenBytes = 0;
  #pending: PendingWrite | undefined;

  constructor(ends: TunnelSocketEnds) {
    super({ allowHalfOpen: true });
    this.#ends = ends;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.once('finish', () => this.destroy()); // all was taken, and nothing more is said
  }

  get takenOfWrite(): number {
    return this.#pending?.taken ?? 0;
  }

  get bytesWritten(): number {
    return this.#takenBytes + this.writableLength;
  }

  /** As a socket does: what is written goes out first. */
  destroySoon(): void {
    this.end();
  }

  /** Gives the session what the peer has sent. @returns false when there is no room for more until `onRoom` */
  deliver(bytes: Buffer): boolean {
    this.bytesRead += bytes.length;
    return this.push(bytes);
  }

  /** The peer has sent its last. */
  deliverEnd(): void {
    if (!this.readableEnded) this.push(null);
  }

  /** Takes what waits, at most so many bytes; pieces are shared with other players. */
  takeWritten(maxBytes: number): Buffer[] {
    const pieces: Buffer[] = [];
    let left = maxBytes;
    for (let pending = this.#pending; pending !== undefined && left > 0; pending = this.#pending) {
      const piece = pending.bytes.subarray(pending.taken, pending.taken + left);
      pieces.push(piece);
      left -= piece.length;
      pending.taken += piece.length;
      this.#takenBytes += piece.length;
      if (pending.taken < pending.bytes.length) break;
      this.#pending = undefined;
      pending.done(); // the next write follows at once
    }
    return pieces;
  }

  override _read(): void {
    this.#ends.onRoom();
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#pending = { bytes, done, taken: 0 };
    this.#ends.onWaiting();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#pending = undefined;
    done(error);
  }
}
