import type { Socket } from 'node:net';
import type { ClientOptions, RawData, WebSocket } from 'ws';
import { Work } from '../../protocol/work-meter.ts';
import { closeCodeOf } from '../http/http-status.ts';
import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { heartbeatOptions, mindHeartbeat } from '../ws/heartbeat.ts';
import { webSocketLibrary } from '../ws/web-socket-library.ts';
import { FlvReader } from './flv-reader.ts';
import type { UpstreamConnector } from './server-connector.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from './upstream.ts';
import { UpstreamInput } from './upstream-input.ts';
import { addressOf, MAX_HEAD_BYTES, type PulledWish, requestHeaders } from './upstream-request.ts';

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
export class WsFlvPull implements Upstream {
  readonly #input: UpstreamInput;
  readonly #webSocket: WebSocket;
  #pongs = 0;
  #giveUpConnecting: () => void = () => {};

  /** @param maxMessageBytes - what one message may have, bytes */
  constructor(
    wish: PulledWish & { readonly maxTagBytes: number; readonly maxMessageBytes: number },
    connector: UpstreamConnector,
    events: UpstreamEvents,
  ) {
    const input = new UpstreamInput(connector.clock, {
      onSlowed: () => events.onSlowed?.(),
      onEnd: (end) => {
        events.onEnd(end);
        this.#hangUp();
      },
    });
    this.#input = input;
    input.readBy(new FlvReader(input, events, wish.maxTagBytes));
    const options: ClientOptions & { readonly closeTimeout: number; readonly maxHeaderSize: number } = {
      ...heartbeatOptions,
      headers: requestHeaders(wish),
      maxPayload: wish.maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_WAITING_READS,
      perMessageDeflate: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      closeTimeout: FAREWELL_MS,
      createConnection: ((_options: unknown, onCreated: (error: Error | null, socket?: Socket) => void) => {
        this.#giveUpConnecting = connector.connect(wish.url, input.connectWith(onCreated));
        return undefined;
      }) as unknown as NonNullable<ClientOptions['createConnection']>, // typed for net.connect only
    };
    const address = addressOf(wish.url);
    const webSocket = new (webSocketLibrary().WebSocket)(address, options);
    this.#webSocket = webSocket;
    let path: readonly string[] = [];
    webSocket.on('upgrade', ({ headers }) => {
      path = decodePathHeader(headers[PATH_HEADER]);
    });
    webSocket.on('open', () => {
      if (!input.isOver) events.onStart(path);
    });
    webSocket.on('message', (bytes, isBinary) => this.#onMessage(bytes, isBinary));
    mindHeartbeat(webSocket, input.meter);
    webSocket.on('pong', () => {
      this.#pongs++;
    });
    webSocket.on('unexpected-response', (_request, response) => input.refuse(response, address));
    webSocket.on('error', (error) => input.lose(error.message));
    webSocket.on('close', (code, reason) => input.afterAll(() => input.end(endOf(code, reason.toString()))));
  }

  get receivedBytes(): number {
    return this.#input.receivedBytes;
  }

  get signsOfLife(): number {
    return this.#pongs;
  }

  ping(): void {
    const { readyState, OPEN } = this.#webSocket;
    if (readyState === OPEN) this.#webSocket.ping();
  }

  close(): void {
    if (this.#input.close()) this.#hangUp();
  }

  #hangUp(): void {
    this.#giveUpConnecting();
    const { readyState, OPEN, CONNECTING } = this.#webSocket;
    if (readyState === OPEN) this.#webSocket.close(CLOSE_NORMAL);
    else if (readyState === CONNECTING) this.#webSocket.terminate();
  }

  #onMessage(bytes: RawData, isBinary: boolean): void {
    this.#input.meter.spend(Work.libraryPiece, (bytes as Buffer).length);
    if (!isBinary) this.#input.lose('the server broke the protocol: it sent text instead of media');
    else this.#input.receive(bytes as Buffer);
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
