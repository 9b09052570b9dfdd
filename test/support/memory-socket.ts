import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** One end of a connection in memory, with as much of a socket as sessions and node:http use. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '192.0.2.1';
  readonly remotePort = 50_000;
  bytesRead = 0;
  #peer: MemorySocket | undefined;
  #deliveredBytes = 0;
  /** What the peer has no room for yet. */
  #onRoom: (() => void) | undefined;

  /** Both ends of a connection. @param allowHalfOpen - whether the first end may write on after the other has ended */
  static pair(allowHalfOpen: boolean): readonly [Socket, Socket] {
    const near = new MemorySocket({ allowHalfOpen });
    const far = new MemorySocket({ allowHalfOpen: true });
    near.#peer = far;
    far.#peer = near;
    return [near.asSocket, far.asSocket];
  }

  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  get bytesWritten(): number {
    return this.#deliveredBytes + this.writableLength;
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** As a socket does: what is written goes out first. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    const onRoom = peer.#onRoom;
    peer.#onRoom = undefined;
    onRoom?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const peer = this.#peer;
    this.#deliveredBytes += chunk.length;
    if (peer === undefined || peer.destroyed) {
      done(new Error('the other end is gone'));
      return;
    }
    peer.bytesRead += chunk.length;
    if (peer.push(Buffer.from(chunk))) done();
    else this.#onRoom = done;
  }

  override _final(done: () => void): void {
    this.#peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const peer = this.#peer;
    this.#peer = undefined;
    setImmediate(() => {
      if (peer === undefined || peer.destroyed) return;
      if (!peer.readableEnded) peer.push(null);
      if (peer.#onRoom !== undefined) peer.destroy();
    });
    done(error);
  }
}
