import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type RunningTool, runTool } from './run-tool.ts';

/** An HTTP client that sends exactly what it is told to, byte for byte. */
export class RawHttp implements AsyncDisposable {
  readonly socket: Socket;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  #received: Buffer[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}); // 'close' follows
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    const wake = (): void => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const resolve of waiting) resolve();
    };
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      wake();
    });
    socket.on('close', wake);
  }

  /** Speaks over a connection that is there. */
  static over(socket: Socket): RawHttp {
    return new RawHttp(socket);
  }

  /** Opens a connection, from another loopback address if one is given. */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<RawHttp> {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    await once(socket, 'connect');
    return new RawHttp(socket);
  }

  /** Sends text with `\n` for CRLF, or bytes. */
  send(part: string | Buffer): void {
    if (!this.socket.writable) return;
    this.socket.write(typeof part === 'string' ? Buffer.from(part.replaceAll('\n', '\r\n'), 'latin1') : part);
  }

  /** Everything received so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#received);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Forgets what was received so far. */
  forget(): void {
    this.#received = [];
  }

  /** Resolves when what was received matches; rejects when the connection closes before. */
  async heard(pattern: RegExp): Promise<RegExpMatchArray> {
    return await this.until(() => this.text.match(pattern), `${pattern}`);
  }

  /** Resolves with what is found in what was received; rejects when the connection closes before. @param what - is looked for */
  async until<Found>(look: () => Found | null, what: string): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== null) return found;
      if (this.socket.closed) throw new Error(`closed without ${what}, but\n${this.text.slice(0, 2000)}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves with all that was received once the server has closed the connection. */
  async all(): Promise<string> {
    await this.closed;
    return this.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** Starts curl; what it fetches goes to its standard output as it comes. */
export function curl(...args: string[]): RunningTool {
  return runTool('curl', ['-sS', '-N', ...args]);
}

export interface TagLike {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** A tag or message in words, to compare recordings by. */
export function tagWord({ type, timestamp, payload }: TagLike): string {
  return `${type}@${timestamp}:${payload.toString('hex')}`;
}
