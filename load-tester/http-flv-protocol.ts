import { FlvTagType } from '../src/protocol/flv/flv-tag.ts';
import { FlvTagReader } from '../src/protocol/flv/flv-tag-reader.ts';
import { MessageType } from '../src/protocol/rtmp/message.ts';
import { ChunkedBody } from './chunked-body.ts';
import { BrokenResponse, type PlayerProtocol, type PlayerProtocolEvents } from './player-protocol.ts';
import type { HttpTarget } from './target.ts';

const MAX_TAG_BYTES = 8 * 2 ** 20;
/** Status line and header fields of a response at the most, bytes. */
const MAX_HEAD_BYTES = 65_536;
const HEAD_END = Buffer.from('\r\n\r\n');

/** Plays FLV over HTTP. A redirect is a refusal: nobody is tested but who was named. */
export class HttpFlvProtocol implements PlayerProtocol {
  readonly #target: HttpTarget;
  readonly #events: PlayerProtocolEvents;
  readonly #tags = new FlvTagReader({ maxTagBytes: MAX_TAG_BYTES });
  /** What has come of the head; undefined once it is complete. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #coding: ChunkedBody | undefined;
  #isOver = false;

  constructor(target: HttpTarget, events: PlayerProtocolEvents) {
    this.#target = target;
    this.#events = events;
  }

  start(): void {
    const { path, authority } = this.#target;
    const fields = ['User-Agent: streampump load', 'Accept: */*', 'Connection: close'];
    this.#events.send(
      Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\n${fields.join('\r\n')}\r\n\r\n`, 'latin1'),
    );
  }

  receive(bytes: Buffer): void {
    if (this.#isOver) return;
    const body = this.#head === undefined ? bytes : this.#readHead(this.#head, bytes);
    if (body === undefined) return;
    if (this.#coding === undefined) this.#readBody(body);
    else for (const part of this.#coding.decode(body)) this.#readBody(part);
    if (this.#coding?.isDone) this.#events.onEnded('the response has ended');
  }

  stopParsing(): void {
    this.#isOver = true;
  }

  count(): void {}

  keepAlive(): void {}

  leave(): void {}

  /** Gives what stands behind the head, once it is complete. */
  #readHead(begun: Buffer, bytes: Buffer): Buffer | undefined {
    const head = Buffer.concat([begun, bytes]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) {
      if (head.length > MAX_HEAD_BYTES) throw new BrokenResponse('response with an endless head');
      this.#head = head;
      return undefined;
    }
    this.#head = undefined;
    const [statusLine = '', ...fields] = head.toString('latin1', 0, end).split('\r\n');
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
    if (status === undefined) throw new BrokenResponse('response that does not begin as HTTP/1.1 does');
    if (status !== '200') {
      this.#isOver = true;
      this.#events.onRefused(`HTTP ${status}`, statusLine);
      return undefined;
    }
    if (fields.some((field) => /^transfer-encoding:.*\bchunked\b/i.test(field)))
      this.#coding = new ChunkedBody();
    return head.subarray(end + HEAD_END.length);
  }

  #readBody(bytes: Buffer): void {
    this.#tags.push(bytes);
    for (const { type, timestamp, payload } of this.#tags.tags()) {
      this.#events.onMedia(type === FlvTagType.script ? MessageType.dataAmf0 : type, timestamp, payload);
    }
  }
}
