import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { connectByTunnel } from '../../src/session/upstream/client-tunnel.ts';
import { connectStraight } from '../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../src/stream/clock.ts';

/** A connection of RTMPT, as a socket. */
export function openTunnel(port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  connectByTunnel({ host: '127.0.0.1', port, isTls: false }, connectStraight, systemClock, (connected) => {
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

/** Sends requests of RTMPT as it is told to, by connections that stay. */
export class TunnelRequests implements Disposable {
  readonly #port: number;
  readonly #agent: Agent;

  /** @param localAddress - from where it connects */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, localAddress });
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
