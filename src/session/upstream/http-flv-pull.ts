import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Socket } from 'node:net';
import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { FlvIntake } from './flv-intake.ts';
import { addressOf, type FlvPullWish, MAX_HEAD_BYTES, requestHeaders } from './flv-request.ts';
import type { ServerConnector } from './server-connector.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';

/**
 * Plays one stream of an HTTP server in order to relay it. HTTP has neither a ping nor a word for a source that is dry: to
 * whoever waits here silence is silence. A deadline is not kept here: a server that says nothing is left by whoever waits.
 */
export class HttpFlvPull implements Upstream {
  /** HTTP has no ping, hence no answer to one. */
  readonly signsOfLife = 0;
  readonly #connector: ServerConnector;
  readonly #request: ClientRequest;
  readonly #flv: FlvIntake;
  #giveUpConnecting: () => void = () => {};

  constructor(wish: FlvPullWish, connector: ServerConnector, events: UpstreamEvents) {
    const { url } = wish;
    this.#connector = connector;
    this.#flv = new FlvIntake(wish, events, () => this.#hangUp());
    const proxy = url.isTls ? undefined : connector.proxyFor(url.host);
    const options: RequestOptions = {
      host: url.host,
      port: url.port,
      // what is asked of a proxy has the whole URL. @see RFC 9112 section 3.2.2
      path: proxy === undefined ? url.path : addressOf(url),
      headers: {
        ...requestHeaders(wish),
        ...(proxy?.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: (_options, onCreated) => {
        const onDone = (connected: Socket | Error): void => {
          if (connected instanceof Error) this.#flv.lose(connected.message);
          else onCreated(null, connected);
        };
        this.#giveUpConnecting =
          proxy === undefined ? connector.connect(url, onDone) : connector.connectProxy(proxy, onDone);
        return undefined;
      },
    };
    this.#request = httpRequest(options);
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', (error) => this.#flv.lose(error.message));
    this.#request.on('close', () => this.#flv.lose('the server closed the connection'));
    this.#request.end();
  }

  ping(): void {}

  close(): void {
    this.#flv.leave();
  }

  #hangUp(): void {
    this.#giveUpConnecting();
    this.#request.destroy();
  }

  #onResponse(response: IncomingMessage): void {
    if (response.statusCode !== 200) {
      this.#flv.refuse(response, this.#connector.clock);
      return;
    }
    response.on('error', () => {}); // 'close' follows
    response.on('data', (bytes: Buffer) => this.#flv.receive(bytes));
    response.on('close', () => this.#onBodyClosed(response));
    this.#flv.start(decodePathHeader(response.headers[PATH_HEADER]));
  }

  /** Where only the end of the connection is the end of the body, a server that has ended and one that is gone look alike. */
  #onBodyClosed({ complete, headers }: IncomingMessage): void {
    const saysLength = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
    if (complete && saysLength) this.#flv.complete('the server has sent all of the stream');
    else this.#flv.lose('the server closed the connection');
  }
}
