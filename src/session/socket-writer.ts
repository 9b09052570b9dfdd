import { isTlsSocket } from '../built-in.ts';
import { KernelQueues } from './socket/kernel-queues.ts';
import type { PeerSocket } from './socket/peer-socket.ts';

/**
 * Most of what is encrypted ahead for one player, bytes. node:tls keeps a buffer as large as the largest write of a connection for as long
 * as that lives: four whole records are the least that does not cost more writes than thousands of players need.
 */
const MAX_ENCRYPTED_BYTES = 64 * 1024 - 1;

/** Of all connections of this thread. */
const kernelQueues = new KernelQueues();

/** Writes to one socket. Everything that players are sent goes through here, in one call per batch and player. */
export class SocketWriter {
  readonly #socket: PeerSocket;
  readonly #isEncrypted: boolean;

  constructor(socket: PeerSocket) {
    this.#socket = socket;
    this.#isEncrypted = isTlsSocket(socket);
    if (this.#isEncrypted) encryptInTurn(socket);
  }

  /** Bytes accepted and not yet taken by the kernel; of what is encrypted, those count until their write is done. */
  get backlogBytes(): number {
    const backlogBytes = this.#socket.writableLength;
    if (backlogBytes === 0 || this.#isEncrypted) return backlogBytes;
    return backlogBytes - (this.#socket.takenOfWrite ?? takenOfWrite(this.#socket));
  }

  /**
   * Bytes that the peer has taken in the life of the connection, whoever wrote them and as they are on the wire; as long as it
   * keeps up, those that the kernel has. As long as the peer reads, this moves within seconds.
   */
  get takenBytes(): number {
    const kernel = kernelEnd(this.#socket);
    if (kernel === undefined) return this.#socket.bytesWritten - this.#socket.writableLength;
    const { bytesWritten, writeQueueSize, fd } = kernel;
    return bytesWritten - writeQueueSize - (writeQueueSize === 0 ? 0 : kernelQueues.unacknowledged(fd));
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
function encryptInTurn(socket: PeerSocket): void {
  Object.defineProperty(socket, '_writev', { value: null, configurable: true, writable: true });
}

/** The end of a connection that hands bytes to the kernel. */
interface KernelEnd {
  /** Bytes that it was given. */
  readonly bytesWritten: number;
  /** Those that the kernel has not taken yet. */
  readonly writeQueueSize: number;
  readonly fd: number;
}

/**
 * What a socket of node:net or node:tls is made of. Its own figures move when a write is done: that is megabytes, and a
 * minute for a slow player, where everything that waited went into one (writev).
 */
interface SocketParts {
  readonly connecting?: boolean;
  readonly _handle?: (Partial<KernelEnd> & { readonly _parent?: Partial<KernelEnd> }) | null;
  /** `writelen`: how many bytes the write has that is not done. */
  readonly _writableState?: { readonly writelen?: number };
}

/** Undefined where there is none, in memory or after the close. */
function kernelEnd(socket: PeerSocket): KernelEnd | undefined {
  const { _handle: handle } = socket as unknown as SocketParts;
  const end = handle?._parent ?? handle; // below TLS is its parent
  return typeof end?.writeQueueSize === 'number' ? (end as KernelEnd) : undefined;
}

/** How much the kernel has taken of the write that is not done, bytes. */
function takenOfWrite(socket: PeerSocket): number {
  const { connecting = false, _writableState: state } = socket as unknown as SocketParts;
  const kernel = connecting ? undefined : kernelEnd(socket);
  const { writelen = 0 } = state ?? {};
  return kernel === undefined ? 0 : Math.max(0, writelen - kernel.writeQueueSize);
}
