import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a client asked for. */
export interface AskedOfApi {
  readonly method: string;
  /** What follows `/api/v1/`, without its query; all of it where it does not begin so. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** An answer: a value is sent as JSON with 200; a function may do what it likes with the response. */
export type ScriptedAnswer =
  | { readonly status?: number; readonly json: unknown }
  | ((
      asked: AskedOfApi,
      response: ServerResponse,
    ) => { readonly status?: number; readonly json: unknown } | undefined);

/** An admin API that answers what a test wants, on a Unix socket and a port of 127.0.0.1. */
export class ScriptedApi implements AsyncDisposable {
  readonly socket: string;
  /** What was asked, in order. */
  readonly asked: AskedOfApi[] = [];
  /** Answers by method and path, such as `GET relay`; may change at any time. */
  readonly answers: Map<string, ScriptedAnswer>;
  readonly #servers = [createServer(), createServer()] as const;
  readonly #folder: string;
  #isClosed = false;

  private constructor(folder: string, answers: Readonly<Record<string, ScriptedAnswer>>) {
    this.#folder = folder;
    this.socket = join(folder, 'admin.sock');
    this.answers = new Map(Object.entries(answers));
  }

  static async start(answers: Readonly<Record<string, ScriptedAnswer>>): Promise<ScriptedApi> {
    const admin = new ScriptedApi(await mkdtemp(join(tmpdir(), 'streampump-admin-')), answers);
    const [atSocket, atPort] = admin.#servers;
    for (const server of admin.#servers)
      server.on('request', (request, response) => void admin.#answer(request, response));
    await Promise.all([
      once(atSocket.listen(admin.socket), 'listening'),
      once(atPort.listen(0, '127.0.0.1'), 'listening'),
    ]);
    return admin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#servers[1].address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const ended = this.#servers.map((server) => once(server.close(), 'close'));
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(ended);
    await rm(this.#folder, { recursive: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const written = await text(request);
    const asked = {
      method: request.method ?? '',
      path: decodeURIComponent(pathname.replace(/^\/api\/v1\//, '')),
      query: Object.fromEntries(searchParams),
      headers: request.headers,
      body: written === '' ? undefined : (JSON.parse(written) as unknown),
    };
    this.asked.push(asked);
    const known = this.answers.get(`${asked.method} ${asked.path}`) ?? unknown;
    const answer = typeof known === 'function' ? known(asked, response) : known;
    if (answer === undefined) return;
    const body = answer.status === 204 ? undefined : JSON.stringify(answer.json);
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(body);
  }
}

const unknown: ScriptedAnswer = {
  status: 404,
  json: { error: 'not-found', message: 'there is nothing here' },
};
