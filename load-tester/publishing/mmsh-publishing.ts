import type { HttpUrl } from '../../src/media-url.ts';
import {
  encodeMmshEnd,
  FRAMING_HEADER_BYTES,
  framingHeader,
  MAX_MMSH_PAYLOAD_BYTES,
  MmshEndReason,
  MmshPacketId,
} from '../../src/protocol/mmsh/mmsh-packet.ts';
import { BrokenResponse } from '../protocols/player-protocol.ts';
import { type ResponseHead, ResponseHeadReader, refusalIn } from '../protocols/response-head.ts';
import type { LoopPacket } from './asf-loop.ts';
import type { PublisherProtocol, PublisherProtocolEvents } from './publisher-protocol.ts';

/** What an encoder says the body of each PushStart to have, and then fills. @see MS-WMHTTP section 2.2.2.8 */
const BODY_BYTES = 2 ** 31 - 1;
/** What may wait while the server is asked to take another body, bytes. */
const MAX_WAITING_BYTES = 32 * 2 ** 20;

type State =
  | { readonly at: 'setup' }
  /** @property left - bytes until the body is full */
  | { readonly at: 'pushing'; left: number }
  /** A body is full, and the server has not said yet that it has it. */
  | { readonly at: 'waiting'; readonly packets: Buffer[]; bytes: number };

/** Publishes the packets of an ASF file as Windows Media encoders push: one PushStart after the other, all with one push-id. */
export class MmshPublishing implements PublisherProtocol<LoopPacket> {
  readonly #target: Pick<HttpUrl, 'authority' | 'path'>;
  readonly #asfHeader: Buffer;
  readonly #events: PublisherProtocolEvents;
  readonly #bodyBytes: number;
  #answer = new ResponseHeadReader();
  #pushId = '0';
  #state: State = { at: 'setup' };

  constructor(
    target: Pick<HttpUrl, 'authority' | 'path'>,
    asfHeader: Buffer,
    events: PublisherProtocolEvents,
    bodyBytes: number = BODY_BYTES,
  ) {
    this.#target = target;
    this.#asfHeader = asfHeader;
    this.#events = events;
    this.#bodyBytes = bodyBytes;
  }

  start(): void {
    this.#post('application/x-wms-pushsetup', 0);
  }

  receive(bytes: Buffer): void {
    const head = this.#answer.read(bytes);
    if (head === undefined) return;
    this.#answer = new ResponseHeadReader();
    if (head.status !== '204') this.#events.onEnded(`refused: ${refusalIn(head)}`);
    else this.#onAccepted(head);
  }

  publish({ packet }: LoopPacket): void {
    this.#send(MmshPacketId.data, packet);
  }

  finish(): void {
    if (this.#state.at === 'pushing') this.#events.send(encodeMmshEnd(MmshEndReason.over));
  }

  #onAccepted(head: ResponseHead): void {
    const state = this.#state;
    switch (state.at) {
      case 'setup':
        this.#pushId = pushIdIn(head);
        this.#pushStart();
        for (let at = 0; at < this.#asfHeader.length; at += MAX_MMSH_PAYLOAD_BYTES)
          this.#send(MmshPacketId.header, this.#asfHeader.subarray(at, at + MAX_MMSH_PAYLOAD_BYTES));
        this.#events.onStarted();
        break;
      case 'pushing':
        this.#events.onEnded('the server wants no more of it');
        break;
      case 'waiting':
        this.#pushStart();
        for (const packet of state.packets) this.#sendPacket(packet);
        break;
      default:
        state satisfies never;
    }
  }

  #pushStart(): void {
    this.#post('application/x-wms-pushstart', this.#bodyBytes);
    this.#state = { at: 'pushing', left: this.#bodyBytes };
  }

  #post(contentType: string, bodyBytes: number): void {
    const lines = [
      `POST ${this.#target.path} HTTP/1.1`,
      `Host: ${this.#target.authority}`,
      'User-Agent: streampump load',
      `Content-Type: ${contentType}`,
      `Content-Length: ${bodyBytes}`,
      `Cookie: push-id=${this.#pushId}`,
    ];
    this.#events.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  }

  #send(id: MmshPacketId, payload: Buffer): void {
    this.#sendPacket(Buffer.concat([framingHeader(id, payload.length), payload]));
  }

  /** Sends a packet in the body that has room for it. */
  #sendPacket(packet: Buffer): void {
    const state = this.#state;
    if (state.at === 'pushing') {
      const left = state.left - packet.length;
      // behind it there must be room for a filler, or for nothing
      if (left === 0 || left >= FRAMING_HEADER_BYTES) {
        this.#events.send(packet);
        state.left = left;
      } else {
        this.#events.send(filler(state.left));
        this.#state = { at: 'waiting', packets: [packet], bytes: packet.length };
      }
      if (left === 0) this.#state = { at: 'waiting', packets: [], bytes: 0 };
    } else if (state.at === 'waiting') {
      state.packets.push(packet);
      state.bytes += packet.length;
      if (state.bytes > MAX_WAITING_BYTES) this.#events.onEnded('the server does not take the stream');
    }
  }
}

/** A packet that says nothing, of so many bytes. */
function filler(bytes: number): Buffer {
  const size = bytes - FRAMING_HEADER_BYTES;
  return Buffer.concat([framingHeader(MmshPacketId.filler, size), Buffer.alloc(size)]);
}

/** @see MS-WMHTTP section 2.2.1.9 */
function pushIdIn({ field }: ResponseHead): string {
  const id = /(?:^|[,;\s])push-id=([\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+)/i.exec(field('set-cookie') ?? '')?.[1];
  if (id === undefined) throw new BrokenResponse('no push-id in the answer to a PushSetup');
  return id;
}
