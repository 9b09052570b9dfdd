import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** One connection to a {@link RawServer}. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that the client has sent, as latin1. */
  readonly heard: string;
  /** Resolves when the client has closed the connection. */
  readonly closed: Promise<void>;
}

/** A server on a free port that says exactly what a test wants once a request's head is there. */
export class RawServer implements AsyncDisposable {
  readonly connections: RawConnection[] = [];
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();

  private constructor(onHead: (socket: Socket, head: string) => void) {
    this.#server = createServer((socket) => {
      let heard = '';
      let isAsked = false;
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => {}); // 'close' follows
      socket.on('data', (bytes) => {
        heard += bytes.toString('latin1');
        if (!isAsked && heard.includes('\r\n\r\n')) {
          isAsked = true;
          onHead(socket, heard);
        }
      });
      this.connections.push({
        socket,
        closed,
        get heard() {
          return heard;
        },
      });
      for (const wake of this.#waiting) wake();
    });
  }

  /** @param onHead - what is done when the head of a request has come, with it */
  static async start(
    onHead: (socket: Socket, head: string) => void = () => {},
    host = '127.0.0.1',
  ): Promise<RawServer> {
    const server = new RawServer(onHead);
    server.#server.listen(0, host);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves with the `count`-th connection. */
  async connection(count = 1): Promise<RawConnection> {
    for (;;) {
      const connection = this.connections[count - 1];
      if (connection !== undefined) return connection;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
