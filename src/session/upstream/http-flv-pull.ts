import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Work } from '../../protocol/work-meter.ts';
import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { addressOf, FlvPull, type FlvPullWish, MAX_HEAD_BYTES, requestHeaders } from './flv-pull.ts';
import type { UpstreamConnector } from './server-connector.ts';
import type { UpstreamEvents } from './upstream.ts';

/**
 * Plays one stream of an HTTP server in order to relay it. HTTP has neither a ping nor a word for a source that is dry: to
 * whoever waits here silence is silence. A deadline is not kept here: a server that says nothing is left by whoever waits.
 */
export class HttpFlvPull extends FlvPull {
  /** HTTP has no ping, hence no answer to one. */
  readonly signsOfLife = 0;
  readonly #request: ClientRequest;
  #giveUpConnecting: () => void = () => {};

  constructor(wish: FlvPullWish, connector: UpstreamConnector, events: UpstreamEvents) {
    super(wish, connector, events);
    const { url } = wish;
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
        const onDone = this.connectWith(onCreated);
        this.#giveUpConnecting =
          proxy === undefined ? connector.connect(url, onDone) : connector.connectProxy(proxy, url, onDone);
        return undefined;
      },
    };
    this.#request = httpRequest(options);
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('information', () => this.meter.spend(Work.piece, 0));
    this.#request.on('error', (error) => this.lose(error.message));
    this.#request.on('close', () => this.afterAll(() => this.lose('the server closed the connection')));
    this.#request.end();
  }

  ping(): void {}

  protected hangUp(): void {
    this.#giveUpConnecting();
    this.#request.destroy();
  }

  #onResponse(response: IncomingMessage): void {
    if (response.statusCode !== 200) {
      this.refuse(response);
      return;
    }
    response.on('error', () => {}); // 'close' follows
    response.on('data', (bytes: Buffer) => this.receive(bytes));
    response.on('close', () => this.#onBodyClosed(response));
    this.start(decodePathHeader(response.headers[PATH_HEADER]));
  }

  /** Where only the end of the connection is the end of the body, a server that has ended and one that is gone look alike. */
  #onBodyClosed({ complete, headers }: IncomingMessage): void {
    const saysLength = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
    if (complete && saysLength) this.complete('the server has sent all of the stream');
    else this.afterAll(() => this.lose('the server closed the connection'));
  }
}
