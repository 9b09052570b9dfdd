import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Most of what is encrypted ahead for one player, bytes. */
const MAX_ENCRYPTED_BYTES = 256 * 1024;

/** Writes to one socket. Everything that players are sent goes through here, in one call per batch and player. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #isEncrypted: boolean;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#isEncrypted = socket instanceof TLSSocket;
    if (this.#isEncrypted) encryptInTurn(socket);
  }

  /** Bytes accepted and not yet taken by the kernel. */
  get backlogBytes(): number {
    return this.#socket.writableLength;
  }

  /** Writes, unless the socket is closed or closing. `onTaken` is called when the kernel has taken the bytes. */
  write(bytes: Buffer, onTaken?: () => void): void {
    if (!this.#socket.writable) return;
    const last = this.#isEncrypted ? this.#writeAllButLast(bytes) : bytes;
    if (onTaken === undefined) this.#socket.write(last);
    else {
      this.#socket.write(last, (error) => {
        if (error === null || error === undefined) onTaken();
      });
    }
  }

  /** Holds back what is written until {@link uncork}, which sends it in one go. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  #writeAllButLast(bytes: Buffer): Buffer {
    let start = 0;
    for (; bytes.length - start > MAX_ENCRYPTED_BYTES; start += MAX_ENCRYPTED_BYTES)
      this.#socket.write(bytes.subarray(start, start + MAX_ENCRYPTED_BYTES));
    return bytes.subarray(start);
  }
}

/**
 * Players share the bytes that they wait for, but not what those are encrypted to: a socket that may write all that waits
 * at once (writev) encrypts it at once, megabytes for each slow player. Without writev it takes one write after the other.
 */
function encryptInTurn(socket: Socket): void {
  Object.defineProperty(socket, '_writev', { value: null, configurable: true, writable: true });
}
