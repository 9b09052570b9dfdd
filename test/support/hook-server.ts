import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a hook is asked, as far as tests look at it. */
export interface AskedOfHook {
  readonly event: string;
  readonly verb?: string;
  readonly stream: string | null;
  readonly session: string;
  readonly address: string;
  readonly query: string;
  readonly identity: string | null;
}

/** What it answers: JSON with status 200, or whatever it does with the response. */
export type HookScript = (question: AskedOfHook, response: ServerResponse) => object | undefined;

/** A back end on a free port that hooks ask. */
export class HookServer implements AsyncDisposable {
  /** What it was asked, in order. */
  readonly asked: AskedOfHook[] = [];
  /** Its answers from now on. */
  script: HookScript;
  readonly #server: Server;

  private constructor(script: HookScript) {
    this.script = script;
    this.#server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      const question = JSON.parse(body) as AskedOfHook;
      this.asked.push(question);
      const answer = this.script(question, response);
      if (answer === undefined) return;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }

  static async start(script: HookScript = () => ({ allow: true })): Promise<HookServer> {
    const server = new HookServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
