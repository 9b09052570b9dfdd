import type { Socket } from 'node:net';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { Work } from '../../protocol/work-meter.ts';
import { closeCodeOf } from '../http/http-status.ts';
import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { addressOf, FlvPull, type FlvPullWish, MAX_HEAD_BYTES, requestHeaders } from './flv-pull.ts';
import type { UpstreamConnector } from './server-connector.ts';
import type { UpstreamEnd, UpstreamEvents } from './upstream.ts';

/** A server gets this long to answer that the WebSocket is closed, milliseconds. */
const FAREWELL_MS = 2000;

/**
 * A message may come in so many fragments, and a fragment in so many reads, before all of it is there: what waits costs several
 * hundred bytes for each, however small it is. The largest that a server may send have room to come in TCP segments.
 */
const MAX_FRAGMENTS = 4096;
const MAX_WAITING_READS = 16_384;

/** Close codes. @see RFC 6455 section 7.4.1 */
const CLOSE_NORMAL = 1000;
/** The other side closed in good order and gave no code. */
const CLOSE_WITHOUT_CODE = 1005;
/** The other side did not close at all. */
const CLOSE_CUT = 1006;

/** Plays one stream of a WebSocket server in order to relay it: every binary message is a piece of the FLV stream. */
export class WsFlvPull extends FlvPull {
  readonly #webSocket: WebSocket;
  #pongs = 0;
  #giveUpConnecting: () => void = () => {};

  /** @param maxMessageBytes - what one message may have, bytes */
  constructor(
    wish: FlvPullWish & { readonly maxMessageBytes: number },
    connector: UpstreamConnector,
    events: UpstreamEvents,
  ) {
    super(wish, connector, events);
    const options: ClientOptions & { readonly closeTimeout: number; readonly maxHeaderSize: number } = {
      headers: requestHeaders(wish),
      maxPayload: wish.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_WAITING_READS,
      perMessageDeflate: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      closeTimeout: FAREWELL_MS,
      createConnection: ((_options: unknown, onCreated: (error: Error | null, socket?: Socket) => void) => {
        this.#giveUpConnecting = connector.connect(wish.url, this.connectWith(onCreated));
        return undefined;
      }) as unknown as NonNullable<ClientOptions['createConnection']>, // typed for net.connect only
    };
    const webSocket = new WebSocket(addressOf(wish.url), options);
    this.#webSocket = webSocket;
    let path: readonly string[] = [];
    webSocket.on('upgrade', ({ headers }) => {
      path = decodePathHeader(headers[PATH_HEADER]);
    });
    webSocket.on('open', () => this.start(path));
    webSocket.on('message', (bytes, isBinary) => this.#onMessage(bytes, isBinary));
    webSocket.on('pong', () => {
      this.#pongs++;
      this.meter.spend(Work.piece, 0);
    });
    webSocket.on('unexpected-response', (_request, response) => this.refuse(response));
    webSocket.on('error', (error) => this.lose(error.message));
    webSocket.on('ping', () => this.meter.spend(Work.piece + Work.answer, 0));
    webSocket.on('close', (code, reason) => this.afterAll(() => this.end(endOf(code, reason.toString()))));
  }

  get signsOfLife(): number {
    return this.#pongs;
  }

  ping(): void {
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.ping();
  }

  protected hangUp(): void {
    this.#giveUpConnecting();
    const { readyState } = this.#webSocket;
    if (readyState === WebSocket.OPEN) this.#webSocket.close(CLOSE_NORMAL);
    else if (readyState === WebSocket.CONNECTING) this.#webSocket.terminate();
  }

  #onMessage(bytes: RawData, isBinary: boolean): void {
    if (!isBinary) this.lose('the server broke the protocol: it sent text instead of media');
    else this.receive(bytes as Buffer);
  }
}

/** What the close of a WebSocket means. */
function endOf(code: number, said: string): UpstreamEnd {
  const description = `closed with ${code}`;
  switch (code) {
    case CLOSE_NORMAL:
    case CLOSE_WITHOUT_CODE:
      return { kind: 'ended', description: 'the server closed the WebSocket', said };
    case CLOSE_CUT:
      return { kind: 'lost', description: 'the server closed the connection' };
    case closeCodeOf(404):
      return { kind: 'not-found', description, said };
    default:
      return { kind: code >= 4000 ? 'refused' : 'lost', description, said };
  }
}
