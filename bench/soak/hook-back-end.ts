import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a back end answers: as it should, with status 500, never, with what is no JSON; or it is gone. */
export const hookMoods = ['works', 'fails', 'hangs', 'babbles', 'gone'] as const;
export type HookMood = (typeof hookMoods)[number];

const HOST = '127.0.0.1';

/** A back end that relays ask and tell, and that cannot be relied on. Its port stays the same. */
export class HookBackEnd implements AsyncDisposable {
  readonly port: number;
  #server: Server;
  #mood: HookMood = 'works';
  /** Requests so far. */
  #asked = 0;

  private constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#serve();
  }

  static async start(): Promise<HookBackEnd> {
    const server = createServer();
    await once(server.listen(0, HOST), 'listening');
    return new HookBackEnd(server);
  }

  get url(): string {
    return `http://${HOST}:${this.port}/hook`;
  }

  get asked(): number {
    return this.#asked;
  }

  /** From now on it is so; who waits for an answer loses the connection. */
  async turn(mood: HookMood): Promise<void> {
    this.#server.closeAllConnections();
    if (mood === 'gone') await this.#close();
    else if (this.#mood === 'gone') {
      this.#server = createServer();
      this.#serve();
      await once(this.#server.listen(this.port, HOST), 'listening');
    }
    this.#mood = mood;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.turn('gone');
  }

  #serve(): void {
    this.#server.on('request', (request, response) => {
      request.resume();
      this.#asked++;
      if (this.#mood === 'hangs') return;
      const body = this.#mood === 'babbles' ? '<html>' : '{"allow":true}';
      response
        .writeHead(this.#mood === 'fails' ? 500 : 200, { 'content-type': 'application/json' })
        .end(body);
    });
  }

  async #close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
