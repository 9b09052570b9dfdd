import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { CertificateFiles } from '../../src/config/listen-settings.ts';
import type { Instruction } from '../../src/service/fleet-link/house-message.ts';
import { LINK_PATH, LINK_PROTOCOL, LINK_VERSION } from '../../src/service/fleet-link/link-limits.ts';
import {
  type Acknowledgement,
  type RelayHello,
  type RelayMessage,
  relayMessage,
  type Telemetry,
} from '../../src/service/fleet-link/relay-message.ts';

type Order = Instruction extends infer I ? (I extends Instruction ? Omit<I, 'id'> : never) : never;

/** How long something may take that is waited for, milliseconds. */
const PATIENCE_MS = 10_000;

/** What a scripted house does. */
export interface ScriptedHouseOptions {
  readonly port?: number;
  /** With it the house speaks TLS. */
  readonly certificate?: CertificateFiles;
  readonly clientCaFile?: string;
  readonly telemetryIntervalMs?: number;
  /** What it answers a request with instead of letting the relay in. */
  readonly refuses?: number;
  /** How long a relay is to wait that it has refused, seconds, as it says that; default: nothing is said. */
  readonly retryAfter?: string;
  /** Whether it says what a house says first; default: yes. */
  readonly welcomes?: boolean;
}

/** The link of a relay, as its house sees it; every message is held to the schema. */
export class ScriptedLink {
  readonly authorization: string | undefined;
  readonly messages: RelayMessage[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  #lastId = 0;

  constructor(socket: WebSocket, authorization: string | undefined) {
    this.authorization = authorization;
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.on('message', (bytes) => {
      this.messages.push(relayMessage.parse(JSON.parse(String(bytes))));
      for (const wake of [...this.#waiting]) wake();
    });
  }

  get telemetry(): Telemetry[] {
    return this.messages.filter((message) => message.type === 'telemetry');
  }

  /** Resolves as soon as the link has what is looked for. */
  async until<T>(look: (link: this) => T | undefined): Promise<T> {
    const found = look(this);
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        reject(new Error(`it did not come: ${JSON.stringify(this.messages.slice(-5))}`));
      }, PATIENCE_MS);
      const wake = (): void => {
        const late = look(this);
        if (late === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(late);
      };
      this.#waiting.add(wake);
    });
  }

  hello(): Promise<RelayHello> {
    return this.until(({ messages }) => messages.find((message) => message.type === 'hello'));
  }

  /** The telemetry that this is true of. */
  report(isMeant: (telemetry: Telemetry) => boolean = () => true): Promise<Telemetry> {
    return this.until(({ telemetry }) => telemetry.find(isMeant));
  }

  /** Sends something, be it a message or not. */
  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Tells the relay to do something; resolves with what has become of it. @param id - another one each time unless given */
  async order(order: Order, id = `order-${++this.#lastId}`): Promise<Acknowledgement> {
    const before = this.messages.length;
    this.send({ ...order, id });
    return this.until(({ messages }) =>
      messages.slice(before).find((message) => message.type === 'ack' && message.id === id),
    ) as Promise<Acknowledgement>;
  }

  /** Sends bytes that are no text. */
  sendBytes(bytes: Buffer): void {
    this.#socket.send(bytes);
  }

  /** Cuts the connection. */
  cut(): void {
    this.#socket.terminate();
  }
}

/** A house that does what a test wants. */
export class ScriptedHouse implements AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly links: ScriptedLink[] = [];
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #waiting = new Set<() => void>();

  private constructor(server: Server, options: ScriptedHouseOptions) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `${options.certificate === undefined ? 'http' : 'https'}://localhost:${this.port}`;
    this.#sockets = new WebSocketServer({ noServer: true, handleProtocols: () => LINK_PROTOCOL });
    server.on('upgrade', (request, socket, head) => {
      if (options.refuses !== undefined || request.url !== LINK_PATH) {
        const { refuses = 404, retryAfter } = options;
        const wait = retryAfter === undefined ? '' : `retry-after: ${retryAfter}\r\n`;
        socket.end(`HTTP/1.1 ${refuses} No\r\n${wait}connection: close\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const link = new ScriptedLink(webSocket, request.headers.authorization);
        if (options.welcomes !== false) link.send(this.#welcome(options));
        this.links.push(link);
        for (const wake of [...this.#waiting]) wake();
      });
    });
  }

  static async start(options: ScriptedHouseOptions = {}): Promise<ScriptedHouse> {
    const { certificate, clientCaFile, port = 0 } = options;
    const read = (file: string): string => readFileSync(file, 'utf8');
    const server =
      certificate === undefined
        ? createServer()
        : createTlsServer({
            cert: read(certificate.certFile),
            key: read(certificate.keyFile),
            ...(clientCaFile === undefined ? {} : { ca: read(clientCaFile), requestCert: true }),
          });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new ScriptedHouse(server, options);
  }

  /** The `count`-th link, when it is there. */
  async linked(count = 1): Promise<ScriptedLink> {
    for (;;) {
      const link = this.links[count - 1];
      if (link !== undefined) return link;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`no link ${count}`)), PATIENCE_MS);
      this.#waiting.add(resolve);
      await promise.finally(() => {
        clearTimeout(timer);
        this.#waiting.delete(resolve);
      });
    }
  }

  #welcome({ telemetryIntervalMs = 100 }: ScriptedHouseOptions): unknown {
    return { type: 'welcome', version: LINK_VERSION, name: 'scripted', telemetryIntervalMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Settings of the streams that a house gives, without limits and permits unless they are given. */
export function given(
  streams: readonly unknown[],
  more: { readonly players?: number; readonly sentBitsPerSecond?: number; readonly houseOnly?: boolean } = {},
): Extract<Instruction, { type: 'config' }>['settings'] {
  const { players = null, sentBitsPerSecond = null, houseOnly = false } = more;
  return { streams, limits: { players, sentBitsPerSecond }, access: { permitKeys: {}, houseOnly } };
}
