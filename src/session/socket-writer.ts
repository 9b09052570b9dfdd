import type { Socket } from 'node:net';

/** Writes to one socket. Everything that players are sent goes through here, in one call per batch and player. */
export class SocketWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes accepted and not yet taken by the kernel. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Writes, unless the socket is closed or closing. `onTaken` is called when the kernel has taken the bytes. */
  write(bytes: Buffer, onTaken?: () => void): void {
    if (!this.#socket.writable) return;
    if (onTaken === undefined) this.#socket.write(bytes);
    else {
      this.#socket.write(bytes, (error) => {
        if (error === null || error === undefined) onTaken();
      });
    }
  }
}
