import { Socket, type SocketConstructorOpts } from 'node:net';
import { ownBytes } from '../../bytes/own-bytes.ts';

/** What is read at a time, bytes. */
const READ_BYTES = 64 * 1024;

/** What the sockets of this thread read into, one after the other: whoever keeps something of it copies that. @see ownMemory */
const readMemory = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Acts on bytes that have come.
 * @param memory - holds them at its beginning, and something else as soon as this has returned
 * @returns false when nothing more is to be read until the socket is asked to
 */
export type OnRead = (memory: Buffer, length: number) => boolean;

/** What an accepted socket of node:net is made of. */
interface SocketParts {
  _handle: unknown;
  server: unknown;
  _server: unknown;
}

/**
 * An accepted connection whose bytes can be read where the kernel has put them: that takes neither memory for each read nor the way
 * through the socket's own buffer. Until somebody does, it is a socket like any other.
 */
export class DirectSocket extends Socket {
  #onRead: OnRead = (memory, length) => this.push(ownBytes(memory.subarray(0, length)));

  /** Takes the place of a socket that was just accepted, and of which nothing was read. One that leads to no kernel stays as it is. */
  static of(accepted: Socket): Socket {
    const { _handle: handle } = accepted as unknown as SocketParts;
    return handle === null || handle === undefined ? accepted : new DirectSocket(accepted);
  }

  private constructor(accepted: Socket) {
    const from = accepted as unknown as SocketParts;
    super({
      handle: from._handle,
      allowHalfOpen: accepted.allowHalfOpen,
      onread: { buffer: readMemory, callback: (length, memory) => this.#onRead(memory as Buffer, length) },
    } as SocketConstructorOpts);
    const own = this as unknown as SocketParts;
    own.server = from.server;
    own._server = from._server; // which counts it
    from._server = null;
    from._handle = null;
  }

  /** Gives what comes from now on to `onRead`; what has come before is in the socket's own buffer. */
  readDirectly(onRead: OnRead): void {
    this.#onRead = onRead;
  }
}
