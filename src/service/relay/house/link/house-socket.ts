import type { Socket } from 'node:net';
import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { Allowance } from '../../../../session/allowance.ts';
import { Deadline } from '../../../../session/deadline.ts';
import type { OnConnected } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import { type HouseMessage, houseMessage } from '../../../fleet-link/house-message.ts';
import {
  LINK_DEADLINES,
  LINK_PROTOCOL,
  linkCloses,
  MAX_LINK_MESSAGE_BYTES,
} from '../../../fleet-link/link-limits.ts';

/** How long a house may take to answer a request, milliseconds. */
const ANSWER_MS = 10_000;

/** A relay whose place another one has taken comes back after this time at the earliest: else both would go on in turn, milliseconds. */
const REPLACED_MS = 60_000;

/** A house is left alone for so long at most because it asks for that, milliseconds. */
const MAX_WAIT_MS = 60_000;

/** One that is silent for so long is asked whether it is there, milliseconds. */
const PING_MS = 15_000;

/** How long it may take to say that it is, milliseconds. */
const PONG_MS = 10_000;

/** A house gets this long to answer that the link is closed, milliseconds. */
const FAREWELL_MS = 2000;

/** How many messages a house may send at once and in a second, and how many bytes. */
const MESSAGES = { atOnce: 500, perSecond: 50 };
const BYTES = { atOnce: 8 * 2 ** 20, perSecond: 2 ** 20 };

/** A message comes in at most so many fragments, and so many reads. */
const MAX_FRAGMENTS = 1024;
const MAX_WAITING_READS = 4096;

const MAX_HEAD_BYTES = 16_384;

/** What a house has not taken, bytes: with more it is given up. */
const MAX_BACKLOG_BYTES = 8 * 2 ** 20;

/** What a socket tells the link that made it. */
export interface HouseSocketEvents {
  /** The house has let the relay in. */
  onOpen(): void;
  onMessage(message: HouseMessage): void;
  /**
   * It is over; told once, and nothing after it.
   * @param why - for people, without anything that is secret
   * @param pauseMs - how long it is not to be tried again at the least, milliseconds
   */
  onEnd(why: string, pauseMs: number): void;
}

/** What a socket is opened with. */
export interface HouseSocketWish {
  readonly clock: Clock;
  /** Of the request; the connection may be over TLS all the same. */
  readonly url: string;
  /** The relay's name and key; undefined where its certificate says who it is. */
  readonly authorization: string | undefined;
  /** Opens the connection: where that is over TLS the house has proven who it is before this tells of it. @returns gives up */
  connect(onDone: OnConnected): () => void;
}

/** One connection with a house: what comes on it is judged before anybody sees it. */
export class HouseSocket {
  readonly #events: HouseSocketEvents;
  readonly #webSocket: WebSocket;
  readonly #deadline: Deadline;
  readonly #messages: Allowance;
  readonly #bytes: Allowance;
  #giveUpConnecting: () => void = () => {};
  #isWelcome = false;
  #isOver = false;

  constructor({ clock, url, authorization, connect }: HouseSocketWish, events: HouseSocketEvents) {
    this.#events = events;
    this.#messages = new Allowance(clock, MESSAGES.atOnce, MESSAGES.perSecond);
    this.#bytes = new Allowance(clock, BYTES.atOnce, BYTES.perSecond);
    this.#deadline = new Deadline(clock, (what) => this.#onMissed(what));
    const options: ClientOptions & { readonly closeTimeout: number; readonly maxHeaderSize: number } = {
      headers: authorization === undefined ? {} : { authorization },
      maxPayload: MAX_LINK_MESSAGE_BYTES,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_WAITING_READS,
      perMessageDeflate: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      closeTimeout: FAREWELL_MS,
      createConnection: ((_options: unknown, onCreated: (error: Error | null, socket?: Socket) => void) => {
        this.#giveUpConnecting = connect((connected) => {
          if (connected instanceof Error) {
            this.#end(connected.message);
            onCreated(connected);
          } else {
            this.#deadline.expect('answer', ANSWER_MS);
            onCreated(null, connected);
          }
        });
        return undefined;
      }) as unknown as NonNullable<ClientOptions['createConnection']>, // typed for net.connect only
    };
    const webSocket = new WebSocket(url, LINK_PROTOCOL, options);
    this.#webSocket = webSocket;
    webSocket.on('open', () => this.#onOpen());
    webSocket.on('message', (bytes, isBinary) => this.#onMessage(bytes, isBinary));
    webSocket.on('pong', () => this.#onSign());
    webSocket.on('ping', () => {
      if (this.#messages.take()) this.#onSign();
      else this.#end('it sends too many pings');
    });
    webSocket.on('unexpected-response', (_request, { statusCode, headers }) =>
      this.#end(refusal(statusCode), statusCode === 429 ? waitMs(headers['retry-after']) : 0),
    );
    webSocket.on('error', (error) => this.#end(error.message));
    webSocket.on('close', (code) =>
      this.#end(closeText(code), code === linkCloses.replaced ? REPLACED_MS : 0),
    );
  }

  /** Sends a message, as JSON. */
  send(text: string): void {
    if (this.#isOver || this.#webSocket.readyState !== WebSocket.OPEN) return;
    this.#webSocket.send(text);
    if (this.#webSocket.bufferedAmount > MAX_BACKLOG_BYTES) this.#end('it does not take what it is sent');
  }

  /** The house has said what it says first: from now on its silence is a question, and no fault. */
  settle(): void {
    this.#isWelcome = true;
    this.#onSign();
  }

  /** Leaves; nothing is told any more. */
  close(): void {
    this.#isOver = true;
    this.#leave();
  }

  #onOpen(): void {
    if (this.#isOver) return;
    this.#deadline.expect('welcome', LINK_DEADLINES.firstMs);
    this.#events.onOpen();
  }

  #onMessage(bytes: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    const { length } = bytes as Buffer;
    if (!this.#messages.take() || !this.#bytes.take(length)) this.#end('it sends too much');
    else if (isBinary) this.#end('it broke the protocol: it sent bytes instead of text');
    else this.#read(bytes as Buffer);
  }

  #read(bytes: Buffer): void {
    const message = messageOf(bytes);
    if (message === undefined) this.#end('it broke the protocol: it sent what is no message of a house');
    else {
      this.#onSign();
      this.#events.onMessage(message);
    }
  }

  /** It is alive. */
  #onSign(): void {
    if (!this.#isOver && this.#isWelcome) this.#deadline.expect('sign of life', PING_MS);
  }

  #onMissed(what: string): void {
    if (what !== 'sign of life' || this.#webSocket.readyState !== WebSocket.OPEN) {
      this.#end(`no ${what} in time`);
      return;
    }
    this.#webSocket.ping();
    this.#deadline.expect('answer to a ping', PONG_MS);
  }

  #end(why: string, pauseMs = 0): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onEnd(why, pauseMs);
    this.#leave();
  }

  #leave(): void {
    this.#deadline.clear();
    this.#giveUpConnecting();
    const { readyState } = this.#webSocket;
    if (readyState === WebSocket.OPEN) this.#webSocket.close();
    else if (readyState === WebSocket.CONNECTING) this.#webSocket.terminate();
  }
}

/** Undefined for what is no message of a house. */
function messageOf(bytes: Buffer): HouseMessage | undefined {
  try {
    return houseMessage.parse(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

/** What the close of a link means. */
function closeText(code: number): string {
  switch (code) {
    case linkCloses.shutdown:
      return 'it stops';
    case linkCloses.replaced:
      return 'another link of this relay has come: is another relay called the same?';
    case linkCloses.dismissed:
      return 'it does not know this relay any more';
    default:
      return `it has closed the link (${code})`;
  }
}

function refusal(status = 0): string {
  switch (status) {
    case 401:
      return 'it does not let this relay in (401): is the id in its roster, and the key the same there?';
    case 403:
      return 'it does not let this relay in (403): does it wait for its approval, or go without TLS?';
    case 429:
      return 'it does not look at this relay for a while (429): too many wrong keys came from its address';
    case 503:
      return 'it is full or stops (503)';
    default:
      return `it answers with status ${status}: is there a house at this address?`;
  }
}

/** How long a house asks to be left alone, milliseconds. @param seconds - as it says that */
function waitMs(seconds: string | undefined): number {
  return /^\d{1,9}$/.test(seconds ?? '') ? Math.min(1000 * Number(seconds), MAX_WAIT_MS) : 0;
}
