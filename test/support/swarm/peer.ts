import { connect, type Socket } from 'node:net';
import type { Random } from './random.ts';

/** How a peer reads what it is sent: all of it, nothing, or so many bytes each time. */
export type Reading = 'all' | 'nothing' | { readonly bytes: number; readonly everyMs: number };

/** A connection that writes whatever it is told to, whole or in pieces, and reads as fast or as slowly as it is told to. */
export class Peer {
  readonly socket: Socket;
  /** Bytes received so far. */
  received = 0;
  #sips: NodeJS.Timeout | undefined;
  /** How large the pieces are that are written; 0: as they come. */
  pieceBytes = 0;

  /** Begins to open a connection, from another loopback address. */
  constructor(port: number, localAddress: string) {
    this.socket = connect({ port, host: '127.0.0.1', localAddress });
    this.socket.on('error', () => {}); // the relay may close it, or have closed it
    this.socket.on('data', (bytes) => {
      this.received += bytes.length;
    });
    this.socket.once('close', () => clearInterval(this.#sips));
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  send(bytes: Buffer | string): void {
    if (!this.socket.writable || this.socket.writableLength > 2 ** 22) return; // it is read slowly: enough waits
    const all = typeof bytes === 'string' ? Buffer.from(bytes.replaceAll('\n', '\r\n'), 'latin1') : bytes;
    const size = this.pieceBytes > 0 ? Math.max(this.pieceBytes, Math.ceil(all.length / 200)) : all.length;
    for (let at = 0; at < all.length; at += size) this.socket.write(all.subarray(at, at + size));
  }

  /** Reads on in another way. */
  read(reading: Reading): void {
    clearInterval(this.#sips);
    if (reading === 'all') this.socket.resume();
    else this.socket.pause();
    if (typeof reading === 'string') return;
    this.#sips = setInterval(() => {
      const there = this.socket.readableLength;
      this.socket.read(there === 0 ? 0 : Math.min(there, reading.bytes)); // 0: fetches some
    }, reading.everyMs);
  }

  /** Goes, in one of the ways in which connections end. */
  leave(random: Random): string {
    const how = random.weighted({ ends: 3, destroys: 3, resets: 1 });
    if (how === 'ends') {
      this.read('all');
      this.socket.end();
    } else if (how === 'destroys') this.socket.destroy();
    else this.socket.resetAndDestroy();
    return how;
  }

  close(): void {
    clearInterval(this.#sips);
    this.socket.destroy();
  }
}
