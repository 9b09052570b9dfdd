import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connectByTunnel } from '../../src/session/upstream/client-tunnel.ts';
import { type Connect, connectStraight } from '../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../src/stream/clock.ts';

/** A connection of RTMPT, as a socket. @param by - how it is connected, straight if not given */
export function openTunnel(port: number, by: Connect = connectStraight): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  connectByTunnel({ host: '127.0.0.1', port, isTls: false }, by, systemClock, (connected) => {
    if (connected instanceof Error) reject(connected);
    else resolve(connected as unknown as Socket);
  });
  return promise;
}

/** What a request was answered with. */
export interface TunnelAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends requests of RTMPT as it is told to. */
export class TunnelRequests implements Disposable {
  readonly #port: number;
  readonly #agent: Agent;

  /** @param options - from where it connects, and whether connections stay for the next request */
  constructor(port: number, options: { readonly localAddress?: string; readonly keepAlive?: boolean } = {}) {
    const { localAddress = '127.0.0.1', keepAlive = true } = options;
    this.#port = port;
    this.#agent = new Agent({ keepAlive, localAddress });
  }

  /** Sends one; its answer may take its time. */
  post(
    path: string,
    body: Buffer = Buffer.of(0),
    headers: Record<string, string> = {},
  ): Promise<TunnelAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<TunnelAnswer>();
    const asking = request(
      { port: this.#port, host: '127.0.0.1', agent: this.#agent, method: 'POST', path, headers },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          resolve({ status, headers: response.headers, body: Buffer.concat(pieces) });
        });
        response.on('error', reject);
      },
    );
    asking.on('error', reject);
    asking.setHeader('content-length', body.length);
    asking.end(body);
    return promise;
  }

  /** Opens a tunnel. @returns its id */
  async open(): Promise<string> {
    const { status, body } = await this.post('/open/1');
    if (status !== 200) throw new Error(`open was answered with ${status}: ${body}`);
    return body.toString().trimEnd();
  }

  /** Opens a tunnel. @returns its id; the next request is number 1 */
  async begin(): Promise<string> {
    const id = await this.open();
    await this.post(`/idle/${id}/0`);
    return id;
  }

  /** Asks until so many bytes have come behind the intervals. @param number - of the first request */
  async hear(id: string, number: number, bytes: number): Promise<void> {
    for (let heard = 0, at = number; heard < bytes; at++) {
      const { status, body } = await this.post(`/idle/${id}/${at}`);
      if (status !== 200) throw new Error(`idle was answered with ${status}, after ${heard} bytes`);
      heard += body.length - 1;
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** Connects so that each request goes as these do: whatever connection that is. */
export function scatteredBy(requests: TunnelRequests): Connect {
  return (_to, onDone) => {
    const socket = new Duplex({
      read: () => {},
      write(bytes: Buffer, _encoding, done) {
        const [, path = ''] = /^POST (\S+)/.exec(bytes.toString('latin1', 0, 200)) ?? [];
        requests.post(path, bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)).then(
          ({ status, body }) => {
            const head = `HTTP/1.1 ${status} Whatever\r\nContent-Length: ${body.length}\r\n\r\n`;
            socket.push(Buffer.concat([Buffer.from(head), body]));
          },
          (error: Error) => socket.destroy(error),
        );
        done();
      },
    });
    socket.on('error', () => {}); // 'close' follows
    setImmediate(() => onDone(socket as unknown as Socket));
    return () => {};
  };
}
