import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Socket } from 'node:net';
import type { HttpUrl } from '../../media-url.ts';
import { decodePathHeader, encodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { basicAuthorization } from './basic-authorization.ts';
import { FlvIntake } from './flv-intake.ts';
import { endOf } from './http-upstream-end.ts';
import type { ServerConnector } from './server-connector.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';

/** The head of an answer is at most this long, bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

/** What is asked of a server over HTTP or WebSocket. */
export interface FlvPullWish {
  readonly url: HttpUrl;
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  readonly maxTagBytes: number;
}

/**
 * Plays one stream of an HTTP server in order to relay it. HTTP has neither a ping nor a word for a source that is dry: to
 * whoever waits here silence is silence. A deadline is not kept here: a server that says nothing is left by whoever waits.
 */
export class HttpFlvPull implements Upstream {
  /** HTTP has no ping, hence no answer to one. */
  readonly signsOfLife = 0;
  readonly #url: HttpUrl;
  readonly #request: ClientRequest;
  readonly #flv: FlvIntake;
  #giveUpConnecting: () => void = () => {};

  constructor(
    { url, waiting, maxTagBytes }: FlvPullWish,
    connector: ServerConnector,
    events: UpstreamEvents,
  ) {
    this.#url = url;
    this.#flv = new FlvIntake(events, maxTagBytes);
    const proxy = url.isTls ? undefined : connector.proxyFor(url.host);
    const options: RequestOptions = {
      host: url.host,
      port: url.port,
      // what is asked of a proxy has the whole URL. @see RFC 9112 section 3.2.2
      path: proxy === undefined ? url.path : `http://${url.authority}${url.path}`,
      headers: {
        ...requestHeaders(url, waiting),
        ...(proxy?.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
      maxHeaderSize: MAX_HEAD_BYTES,
      createConnection: (_options, onCreated) => {
        const onDone = (connected: Socket | Error): void => {
          if (connected instanceof Error) this.#lose(connected.message);
          else onCreated(null, connected);
        };
        this.#giveUpConnecting =
          proxy === undefined ? connector.connect(url, onDone) : connector.connectProxy(proxy, onDone);
        return undefined;
      },
    };
    this.#request = httpRequest(options);
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', (error) => this.#lose(error.message));
    this.#request.on('close', () => this.#lose('the server closed the connection'));
    this.#request.end();
  }

  ping(): void {}

  close(): void {
    this.#flv.leave();
    this.#giveUpConnecting();
    this.#request.destroy();
  }

  #onResponse(response: IncomingMessage): void {
    response.on('error', () => {}); // 'close' follows
    if (response.statusCode !== 200) {
      endOf(response, `${this.#url.scheme}://${this.#url.authority}${this.#url.path}`).then(
        (end) => {
          this.#flv.end(end);
          this.close();
        },
        (error: unknown) => this.#lose(String(error)),
      );
      return;
    }
    response.on('data', (bytes: Buffer) => {
      if (!this.#flv.receive(bytes)) this.close();
    });
    response.on('close', () => this.#onBodyClosed(response));
    this.#flv.start(decodePathHeader(response.headers[PATH_HEADER]));
  }

  /** Where only the end of the connection is the end of the body, a server that has ended and one that is gone look alike. */
  #onBodyClosed({ complete, headers }: IncomingMessage): void {
    const saysLength = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
    if (complete && saysLength) this.#flv.complete('the server has sent all of the stream');
    else this.#lose('the server closed the connection');
  }

  #lose(description: string): void {
    this.#flv.end({ kind: 'lost', description });
    this.close();
  }
}

/** The headers of every request for a stream. */
export function requestHeaders(url: HttpUrl, waiting: readonly string[]): Record<string, string> {
  const authorization = basicAuthorization(url);
  return {
    host: url.authority,
    'user-agent': 'streampump',
    accept: '*/*',
    [PATH_HEADER]: encodePathHeader(waiting),
    ...(authorization === undefined ? {} : { authorization }),
  };
}
