import { ProtocolError } from '../../errors.ts';
import { OPEN_PATH, RTMPT_CONTENT_TYPE, rtmptPath, type TunnelVerb } from './rtmpt-path.ts';
import { invalidAnswer, RtmptResponseReader } from './rtmpt-response.ts';

/** A request brings at most so many bytes. */
const MAX_REQUEST_BYTES = 256 * 1024;

/** The id of a tunnel, as servers give them. */
const TUNNEL_ID = /^[\w.~-]{1,62}$/;

/** An id that does not end is none, bytes. */
const MAX_ID_BYTES = 128;

const REST_MS = 20;
const EMPTY_MS = 50;

/** From a request to the next one where there is nothing to send, milliseconds. @param isEmpty - whether its answer had nothing in it */
export function restMsAfter(isEmpty: boolean): number {
  return isEmpty ? EMPTY_MS : REST_MS;
}

/** What a client tells whoever has its connection. */
export interface RtmptClientHandler {
  /** To be sent to the server. */
  send(bytes: Buffer): void;
  /** The tunnel is open: bytes may be written. */
  onOpen(): void;
  /** What the server has sent, in the order in which it was written. */
  onBytes(bytes: Buffer): void;
  /** An answer is complete: {@link RtmptClient.ask} may be called. @param isEmpty - nothing was in it */
  onAnswer(isEmpty: boolean): void;
  /** What waits to be sent, at most so many bytes. */
  takeWritten(maxBytes: number): Buffer[];
}

/** A request that has no whole answer. */
interface Asked {
  readonly bytes: Buffer;
  /** How much of its answer was handed on; what comes again is passed over. */
  handedOn: number;
}

/** The client's end of a tunnel: one request after the other, each answered before the next. */
export class RtmptClient {
  readonly #host: string;
  readonly #handler: RtmptClientHandler;
  #reader = new RtmptResponseReader();
  #tunnel: string | undefined;
  /** Of the next request. */
  #number = 0;
  #asked: Asked | undefined;
  /** Bytes of the present answer's body that were seen. */
  #seen = 0;
  #opening = '';
  #isLast = false;

  /** @param host - of the server, as a Host header has it */
  constructor(host: string, handler: RtmptClientHandler) {
    this.#host = host;
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#tunnel !== undefined;
  }

  /** Whether a request waits for its answer. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  /** Whether the connection is of no use for the next request: the server closes it. */
  get needsConnection(): boolean {
    return this.#isLast;
  }

  /** Asks for a tunnel. */
  open(): void {
    this.#post(OPEN_PATH, []);
  }

  /** Sends what waits and asks for what the server has, unless a request is under way. */
  ask(): void {
    if (this.#asked !== undefined || this.#tunnel === undefined) return;
    const pieces = this.#handler.takeWritten(MAX_REQUEST_BYTES);
    if (pieces.length > 0) this.#ask('send', pieces);
    else this.#ask('idle', []);
  }

  /** Asks for the end of the tunnel, unless a request is under way. */
  close(): void {
    if (this.#asked === undefined && this.#tunnel !== undefined) this.#ask('close', []);
  }

  /** Sends what waits and asks for the end, behind whatever is under way: no answer is looked at any more. */
  hangUp(): void {
    if (this.#tunnel === undefined) return;
    const pieces = this.#handler.takeWritten(MAX_REQUEST_BYTES);
    if (pieces.length > 0) this.#ask('send', pieces);
    this.#ask('close', []);
  }

  /** Another connection is there: what was asked on the one before is asked again. */
  onConnected(): void {
    this.#reader = new RtmptResponseReader();
    this.#seen = 0;
    this.#opening = '';
    this.#isLast = false;
    if (this.#asked !== undefined) this.#handler.send(this.#asked.bytes);
  }

  /** Takes what the server has sent. @throws ProtocolError `RTMPT_ANSWER_INVALID`, `RTMPT_REFUSED` */
  receive(bytes: Buffer): void {
    this.#reader.push(bytes);
    for (let part = this.#reader.read(); part !== undefined; part = this.#reader.read()) {
      if (this.#asked === undefined) throw invalidAnswer('it was not asked for');
      if (part.is === 'head') this.#onHead(part.status, part.isLast);
      else if (part.is === 'body') this.#onBody(this.#asked, part.bytes);
      else this.#onEnd();
    }
  }

  #onHead(status: number, isLast: boolean): void {
    this.#isLast = isLast;
    if (status === 200) return;
    const what =
      this.#tunnel === undefined ? 'the server opens no session of RTMPT' : 'the session of RTMPT is over';
    throw new ProtocolError('RTMPT_REFUSED', `${what}: it answers ${status}`);
  }

  #onBody(asked: Asked, bytes: Buffer): void {
    const from = Math.min(Math.max(asked.handedOn - this.#seen, 0), bytes.length);
    this.#seen += bytes.length;
    if (this.#tunnel === undefined) {
      this.#opening += bytes.toString('latin1');
      if (this.#opening.length > MAX_ID_BYTES) throw invalidAnswer('the id of the session is too long');
      return;
    }
    const fresh = bytes.subarray(from);
    const isFirst = asked.handedOn === 0 && fresh.length > 0;
    asked.handedOn += fresh.length;
    const media = isFirst ? fresh.subarray(1) : fresh; // behind the polling interval
    if (media.length > 0) this.#handler.onBytes(media);
  }

  #onEnd(): void {
    const isEmpty = this.#seen <= 1;
    this.#asked = undefined;
    this.#seen = 0;
    if (this.#tunnel !== undefined) {
      this.#handler.onAnswer(isEmpty);
      return;
    }
    const id = this.#opening.trim();
    if (!TUNNEL_ID.test(id)) throw invalidAnswer('it names no session');
    this.#tunnel = id;
    this.#handler.onOpen();
  }

  #ask(verb: TunnelVerb, pieces: readonly Buffer[]): void {
    this.#post(rtmptPath(verb, this.#tunnel ?? '', this.#number++), pieces);
  }

  #post(path: string, pieces: readonly Buffer[]): void {
    const body = pieces.length > 0 ? pieces : [Buffer.of(0)];
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    const head =
      `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nUser-Agent: streampump\r\nAccept: */*\r\n` +
      `Connection: keep-alive\r\nCache-Control: no-cache\r\nContent-Type: ${RTMPT_CONTENT_TYPE}\r\n` +
      `Content-Length: ${length}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), ...body]);
    this.#asked = { bytes, handedOn: 0 };
    this.#handler.send(bytes);
  }
}
