import type { HttpUrl } from '../../src/media-url.ts';
import type { BodyReader } from './body-reader.ts';
import { ChunkedBody } from './chunked-body.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { ResponseHeadReader, refusalIn } from './response-head.ts';

/** What stands behind the last piece of a body in the chunked coding; a trailer nobody sends. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** Plays what comes as the body of an answer. A redirect is a refusal: nobody is tested but who was named. */
export class HttpProtocol implements PlayerProtocol {
  readonly #target: Pick<HttpUrl, 'authority' | 'path'>;
  readonly #fields: readonly string[];
  readonly #events: PlayerProtocolEvents;
  readonly #body: BodyReader;
  /** Undefined once the head has come. */
  #head: ResponseHeadReader | undefined = new ResponseHeadReader();
  #coding: ChunkedBody | undefined;
  /** Bytes of the body that are to come; without a length, as many as there are until the connection closes. */
  #leftBytes = Number.POSITIVE_INFINITY;
  #isOver = false;

  /** @param fields - of the request: who asks, and for what */
  constructor(
    target: Pick<HttpUrl, 'authority' | 'path'>,
    fields: readonly string[],
    body: BodyReader,
    events: PlayerProtocolEvents,
  ) {
    this.#target = target;
    this.#fields = fields;
    this.#body = body;
    this.#events = events;
  }

  start(): void {
    const { path, authority } = this.#target;
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${authority}`,
      ...this.#fields,
      'Accept: */*',
      'Connection: close',
    ];
    this.#events.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  }

  receive(bytes: Buffer): void {
    if (this.#isOver) return;
    const body = this.#head === undefined ? bytes : this.#readHead(this.#head, bytes);
    if (body === undefined) return;
    if (this.#coding === undefined) this.#body.receive(body);
    else for (const part of this.#coding.decode(body)) this.#body.receive(part);
    if (this.#coding?.isDone) this.#end();
    else this.count(body.length);
  }

  stopParsing(): void {
    this.#isOver = true;
  }

  count(size: number): void {
    this.#leftBytes -= size;
    if (this.#leftBytes <= 0) this.#end();
  }

  readEnd(tail: Buffer): void {
    const end = this.#body.endIn(tail);
    if (end !== undefined) this.#events.onEnded(end);
    else if (this.#coding !== undefined && tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) this.#end();
  }

  keepAlive(): void {}

  leave(): void {}

  #end(): void {
    this.#events.onEnded('the response has ended');
  }

  /** Gives what stands behind the head, once it is complete. */
  #readHead(reader: ResponseHeadReader, bytes: Buffer): Buffer | undefined {
    const head = reader.read(bytes);
    if (head === undefined) return undefined;
    this.#head = undefined;
    if (head.status !== '200') {
      this.#isOver = true;
      this.#events.onRefused(`HTTP ${head.status}`, refusalIn(head));
      return undefined;
    }
    const length = head.field('content-length');
    if (/\bchunked\b/i.test(head.field('transfer-encoding') ?? '')) this.#coding = new ChunkedBody();
    else if (length !== undefined) this.#leftBytes = Number(length);
    return head.rest;
  }
}
