import type { Socket } from 'node:net';
import { parseMediaUrl } from '../../../../media-url.ts';
import { Deadline } from '../../../../session/deadline.ts';
import type { HttpExchange, HttpHost } from '../../../../session/http/http-activity.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';
import type { Destination } from '../destination.ts';
import type { FlowSource } from './flow.ts';
import { proxyPreface } from './proxy-preface.ts';

/** What requests are sent on with. */
export interface HttpLineParts {
  readonly connect: Connect;
  /** Whether connections to a relay begin with a PROXY protocol header. */
  isToldWhom(relay: string): boolean;
}

/** What a line tells; nothing more after any of the last two. */
export interface HttpLineEvents {
  /** The relay has the request. */
  onOpen(): void;
  /** Bytes of its answer, head and body. */
  onBytes(bytes: Buffer): void;
  /** It has closed the connection. */
  onEnd(): void;
  /** It cannot be reached, or the connection fails. @param why - for the log */
  onLost(why: string): void;
}

/** A relay is given up that says nothing for longer than any wait for a stream or an encoder takes by default, milliseconds. */
const SILENCE_MS = 150_000;

/** What of a request is for whoever has the stream: the rest was for the house, above all what lets the client in there. */
const passedOn: ReadonlySet<string> = new Set(['accept', 'pragma', 'range', 'supported', 'user-agent']);

/** One request that is sent on to a relay, on a connection of its own; what comes back is not looked into. */
export class HttpLine implements FlowSource {
  readonly #events: HttpLineEvents;
  readonly #deadline: Deadline;
  readonly #giveUpConnecting: () => void;
  /** Undefined until it is connected. */
  #socket: Socket | undefined;
  #isOver = false;

  constructor(
    client: Pick<HttpHost, 'address' | 'isTls' | 'context'>,
    { request }: Pick<HttpExchange, 'request'>,
    { url, relay }: Destination,
    { connect, isToldWhom }: HttpLineParts,
    events: HttpLineEvents,
  ) {
    const target = parseMediaUrl(url);
    if (target?.protocol !== 'http') throw new TypeError(`no URL of HTTP for relay ${relay}`);
    const { path, authority, host, port, isTls } = target;
    const head = headOf(request.rawHeaders, path, authority);
    this.#events = events;
    this.#deadline = new Deadline(client.context.clock, (what) => this.#lose(`no ${what}`));
    this.#deadline.expect('answer', SILENCE_MS);
    const preface = isToldWhom(relay) ? { preface: proxyPreface(client) } : {};
    this.#giveUpConnecting = connect({ host, port, isTls, ...preface }, (connected) => {
      if (connected instanceof Error) this.#lose(connected.message);
      else this.#onConnected(connected, head);
    });
  }

  hold(): void {
    this.#deadline.clear();
    this.#socket?.pause();
  }

  goOn(): void {
    if (this.#isOver) return;
    this.#deadline.expect('sign of life', SILENCE_MS);
    this.#socket?.resume();
  }

  /** Leaves the relay; nothing is told any more. */
  close(): void {
    this.#end();
    this.#giveUpConnecting();
    this.#socket?.destroy();
  }

  #onConnected(socket: Socket, head: Buffer): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#lose(`the connection has failed: ${error.message}`));
    socket.on('data', (bytes: Buffer) => {
      if (this.#isOver) return;
      this.#deadline.expect('sign of life', SILENCE_MS);
      this.#events.onBytes(bytes);
    });
    socket.on('end', () => this.#end() && this.#events.onEnd());
    socket.on('close', () => this.#lose('the connection is closed'));
    socket.write(head);
    this.#events.onOpen();
  }

  #lose(why: string): void {
    if (!this.#end()) return;
    this.#socket?.destroy();
    this.#events.onLost(why);
  }

  /** @returns false where it was over before */
  #end(): boolean {
    this.#deadline.clear();
    const wasOver = this.#isOver;
    this.#isOver = true;
    return !wasOver;
  }
}

/** The head of the request as the relay gets it. @param rawHeaders - names and values in turn */
function headOf(rawHeaders: readonly string[], path: string, authority: string): Buffer {
  const lines = [`GET ${path} HTTP/1.0`, `Host: ${authority}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (passedOn.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
