import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Bytes that are kept of what was received, to look for an answer in. */
const TAIL_BYTES = 256;

/** One connection that says what it is told to and waits for what it is told to expect; what it receives is not kept. */
export class Caller {
  readonly socket: Socket;
  /** Bytes received so far. */
  received = 0;
  #tail = Buffer.alloc(0);
  #look: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}); // 'close' follows
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
      this.#tail = Buffer.concat([this.#tail.subarray(-TAIL_BYTES), bytes]);
      this.#look();
    });
    socket.on('close', () => this.#look());
  }

  static async open(port: number, localAddress: string): Promise<Caller> {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    await once(socket, 'connect');
    return new Caller(socket);
  }

  send(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Resolves when this has come since it was last waited for, or the connection is closed; `closed` waits for that alone. */
  async hear(answer: Buffer | number | 'closed'): Promise<void> {
    const isHeard = (): boolean => {
      if (this.socket.destroyed) return true;
      if (answer === 'closed') return false;
      return typeof answer === 'number' ? this.received >= answer : this.#tail.includes(answer);
    };
    while (!isHeard()) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
    this.#tail = Buffer.alloc(0);
  }

  close(): void {
    this.socket.destroy();
  }
}
