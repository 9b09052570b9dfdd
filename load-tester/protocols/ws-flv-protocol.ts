import { isUtf8 } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import type { HttpUrl } from '../../src/media-url.ts';
import { encodeControlFrame } from '../../src/protocol/ws/control-frame.ts';
import { FIN, MAX_CONTROL_BYTES, Opcode } from '../../src/protocol/ws/frame-header.ts';
import { FrameReader } from '../../src/protocol/ws/frame-reader.ts';
import { FlvMedia } from './flv-media.ts';
import { BrokenResponse, type PlayerProtocol, type PlayerProtocolEvents } from './player-protocol.ts';
import { type ResponseHead, ResponseHeadReader, refusalIn } from './response-head.ts';

/** What a server puts behind the key to prove that it knows WebSocket. @see RFC 6455 section 1.3 */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Close codes, 1005 for none. @see RFC 6455 section 7.4.1 */
const CLOSE_NORMAL = 1000;
const CLOSE_GOING_AWAY = 1001;
const CLOSE_WITHOUT_CODE = 1005;

type State =
  | { readonly at: 'handshake'; readonly head: ResponseHeadReader }
  | { readonly at: 'open'; readonly frames: FrameReader; readonly media: FlvMedia }
  /** Open, and nothing is parsed. */
  | { readonly at: 'counting' }
  | { readonly at: 'closed' };

/** Plays FLV over WebSocket: every binary message is a piece of the stream. */
export class WsFlvProtocol implements PlayerProtocol {
  readonly #target: Pick<HttpUrl, 'authority' | 'path'>;
  readonly #events: PlayerProtocolEvents;
  readonly #key = randomBytes(16).toString('base64');
  #state: State = { at: 'handshake', head: new ResponseHeadReader() };

  constructor(target: Pick<HttpUrl, 'authority' | 'path'>, events: PlayerProtocolEvents) {
    this.#target = target;
    this.#events = events;
  }

  start(): void {
    const { path, authority } = this.#target;
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${authority}`,
      'User-Agent: streampump load',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${this.#key}`,
    ];
    this.#events.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  }

  receive(bytes: Buffer): void {
    const state = this.#state;
    if (state.at === 'open') this.#readFrames(state.frames, state.media, bytes);
    else if (state.at === 'handshake') {
      const head = state.head.read(bytes);
      if (head !== undefined) this.#onHead(head);
    }
  }

  stopParsing(): void {
    if (this.#state.at === 'open') this.#state = { at: 'counting' };
  }

  count(): void {}

  /** A close frame is the last one, so it stands at the very end. @see RFC 6455 section 5.5.1 */
  readEnd(tail: Buffer, isClosed: boolean): void {
    for (let length = isClosed ? 0 : 2; length <= Math.min(MAX_CONTROL_BYTES, tail.length - 2); length++) {
      const frame = tail.subarray(tail.length - 2 - length);
      if (frame[0] !== (FIN | Opcode.close) || frame[1] !== length || length === 1) continue;
      const code = length === 0 ? CLOSE_WITHOUT_CODE : frame.readUInt16BE(2);
      const reason = frame.subarray(4);
      if (code < CLOSE_NORMAL || code > 4999 || !isUtf8(reason)) continue;
      this.#onClose(code, reason.toString());
      return;
    }
  }

  /** Who parses nothing sees no ping: a pong that nobody asked for is a sign of life as well. @see RFC 6455 section 5.5.3 */
  keepAlive(): void {
    this.#events.send(encodeControlFrame(Opcode.pong));
  }

  leave(): void {
    const { at } = this.#state;
    if (at === 'open' || at === 'counting') this.#close(CLOSE_NORMAL);
  }

  #onHead(answer: ResponseHead): void {
    const { status, field, rest } = answer;
    if (status !== '101') {
      this.#state = { at: 'closed' };
      this.#events.onRefused(`HTTP ${status}`, refusalIn(answer));
      return;
    }
    const accept = createHash('sha1').update(`${this.#key}${ACCEPT_SUFFIX}`).digest('base64');
    if (field('sec-websocket-accept') !== accept)
      throw new BrokenResponse('upgrade with a wrong Sec-WebSocket-Accept');
    if (field('upgrade')?.toLowerCase() !== 'websocket')
      throw new BrokenResponse('upgrade to something else');
    if (field('sec-websocket-extensions') !== undefined || field('sec-websocket-protocol') !== undefined)
      throw new BrokenResponse('upgrade with what nobody has offered');
    const frames = new FrameReader();
    const media = new FlvMedia(this.#events);
    this.#state = { at: 'open', frames, media };
    this.#readFrames(frames, media, rest);
  }

  #readFrames(frames: FrameReader, media: FlvMedia, bytes: Buffer): void {
    for (const part of frames.decode(bytes)) {
      switch (part.opcode) {
        case Opcode.binary:
          media.receive(part.bytes);
          break;
        case Opcode.ping:
          this.#events.send(encodeControlFrame(Opcode.pong, part.bytes));
          break;
        case Opcode.pong:
          break;
        case Opcode.close:
          this.#onClose(part.code, part.reason);
          break;
        default:
          part satisfies never;
      }
    }
  }

  #onClose(code: number, reason: string): void {
    this.#close(code);
    const isOrderly = [CLOSE_NORMAL, CLOSE_GOING_AWAY, CLOSE_WITHOUT_CODE].includes(code);
    if (isOrderly) this.#events.onEnded(`${code} ${reason}`.trim());
    else this.#events.onRefused(`WebSocket ${code}`, reason);
  }

  #close(code: number): void {
    this.#state = { at: 'closed' };
    const payload = Buffer.alloc(code === CLOSE_WITHOUT_CODE ? 0 : 2);
    if (payload.length > 0) payload.writeUInt16BE(code);
    this.#events.send(encodeControlFrame(Opcode.close, payload));
  }
}
