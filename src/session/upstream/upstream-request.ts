import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { nodeHttp } from '../../built-in.ts';
import type { HttpUrl } from '../../media-url.ts';
import { Work } from '../../protocol/work-meter.ts';
import { encodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { meterBody } from '../reading/http-input.ts';
import { encodeResume, RESUME_HEADER } from '../resume-text.ts';
import { basicAuthorization } from './basic-authorization.ts';
import type { UpstreamConnector } from './server-connector.ts';
import type { PulledFor } from './upstream.ts';
import { UpstreamInput, type UpstreamInputEvents, type UpstreamReader } from './upstream-input.ts';

/** The head of an answer is at most this long, bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

/** What is asked of a server over HTTP or WebSocket. */
export interface PulledWish extends PulledFor {
  readonly url: HttpUrl;
}

/** The URL that is asked for, without credentials. */
export function addressOf({ scheme, authority, path }: HttpUrl): string {
  return `${scheme === 'mmsh' ? 'http' : scheme}://${authority}${path}`;
}

/** The headers of every request for a stream. */
export function requestHeaders({ url, waiting, resume }: PulledWish): Record<string, string> {
  const authorization = basicAuthorization(url);
  return {
    host: url.authority,
    'user-agent': 'streampump',
    accept: '*/*',
    [PATH_HEADER]: encodePathHeader(waiting),
    ...(resume === undefined ? {} : { [RESUME_HEADER]: encodeResume(resume) }),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** What a request tells whoever made it. */
export interface UpstreamRequestEvents extends UpstreamInputEvents {
  /** The server answers with 200. @returns what reads the body */
  onAnswer(response: IncomingMessage, input: UpstreamInput): UpstreamReader;
}

/**
 * One GET of an HTTP server, on a connection of its own, straight or through a proxy, up to its one end. A deadline is not kept
 * here: a server that says nothing is left by whoever waits.
 */
export class UpstreamRequest {
  readonly #events: UpstreamRequestEvents;
  readonly #address: string;
  readonly #input: UpstreamInput;
  readonly #request: ClientRequest;
  #giveUpConnecting: () => void = () => {};

  /** @param headers - besides those that a proxy wants */
  constructor(
    url: HttpUrl,
    headers: OutgoingHttpHeaders,
    connector: UpstreamConnector,
    events: UpstreamRequestEvents,
  ) {
    this.#events = events;
    this.#address = addressOf(url);
    this.#input = new UpstreamInput(connector.clock, {
      onSlowed: () => events.onSlowed?.(),
      onEnd: (end) => {
        events.onEnd(end);
        this.#hangUp();
      },
    });
    const proxy = url.isTls ? undefined : connector.proxyFor(url.host);
    this.#request = nodeHttp.request({
      host: url.host,
      port: url.port,
      // what is asked of a proxy has the whole URL. @see RFC 9112 section 3.2.2
      path: proxy === undefined ? url.path : this.#address,
      headers: {
        ...headers,
        ...(proxy?.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: (_options, onCreated) => {
        const onDone = this.#input.connectWith(onCreated);
        this.#giveUpConnecting =
          proxy === undefined ? connector.connect(url, onDone) : connector.connectProxy(proxy, url, onDone);
        return undefined;
      },
    });
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('information', () => this.#input.meter.spend(Work.libraryPiece, 0));
    this.#request.on('error', (error) => this.#input.lose(error.message));
    this.#request.on('close', () => this.#loseAfterAll());
    this.#request.end();
  }

  get receivedBytes(): number {
    return this.#input.receivedBytes;
  }

  /** Leaves the server; nothing is told any more. */
  close(): void {
    if (this.#input.close()) this.#hangUp();
  }

  #hangUp(): void {
    this.#giveUpConnecting();
    this.#request.destroy();
  }

  #onResponse(response: IncomingMessage): void {
    if (this.#input.isOver) return;
    if (response.statusCode !== 200) {
      this.#input.refuse(response, this.#address);
      return;
    }
    response.on('error', () => {}); // 'close' follows
    meterBody(response, this.#input.meter);
    response.on('data', (bytes: Buffer) => this.#input.receive(bytes));
    response.on('close', () => this.#onBodyClosed(response));
    this.#input.readBy(this.#events.onAnswer(response, this.#input));
  }

  /** Where only the end of the connection is the end of the body, a server that has ended and one that is gone look alike. */
  #onBodyClosed({ complete, headers }: IncomingMessage): void {
    const saysLength = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
    if (complete && saysLength) this.#input.complete('the server has sent all of the stream');
    else this.#loseAfterAll();
  }

  #loseAfterAll(): void {
    this.#input.afterAll(() => this.#input.lose('the server closed the connection'));
  }
}
