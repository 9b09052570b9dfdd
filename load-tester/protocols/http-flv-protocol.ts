import type { HttpUrl } from '../../src/media-url.ts';
import { ChunkedBody } from './chunked-body.ts';
import { FlvMedia } from './flv-media.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { ResponseHeadReader } from './response-head.ts';

/** Plays FLV over HTTP. A redirect is a refusal: nobody is tested but who was named. */
export class HttpFlvProtocol implements PlayerProtocol {
  readonly #target: Pick<HttpUrl, 'authority' | 'path'>;
  readonly #events: PlayerProtocolEvents;
  readonly #media: FlvMedia;
  /** Undefined once the head has come. */
  #head: ResponseHeadReader | undefined = new ResponseHeadReader();
  #coding: ChunkedBody | undefined;
  #isOver = false;

  constructor(target: Pick<HttpUrl, 'authority' | 'path'>, events: PlayerProtocolEvents) {
    this.#target = target;
    this.#events = events;
    this.#media = new FlvMedia(events);
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
    if (this.#coding === undefined) this.#media.receive(body);
    else for (const part of this.#coding.decode(body)) this.#media.receive(part);
    if (this.#coding?.isDone) this.#events.onEnded('the response has ended');
  }

  stopParsing(): void {
    this.#isOver = true;
  }

  count(): void {}

  keepAlive(): void {}

  leave(): void {}

  /** Gives what stands behind the head, once it is complete. */
  #readHead(reader: ResponseHeadReader, bytes: Buffer): Buffer | undefined {
    const head = reader.read(bytes);
    if (head === undefined) return undefined;
    this.#head = undefined;
    if (head.status !== '200') {
      this.#isOver = true;
      this.#events.onRefused(`HTTP ${head.status}`, head.statusLine);
      return undefined;
    }
    if (/\bchunked\b/i.test(head.field('transfer-encoding') ?? '')) this.#coding = new ChunkedBody();
    return head.rest;
  }
}
