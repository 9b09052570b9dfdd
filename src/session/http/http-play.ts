import { flvWireForm } from '../../family/flv/flv-wire-form.ts';
import type { Log } from '../../log.ts';
import type { PlayEndReason } from '../../stream/player.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { FlvPlay, type FlvPlayOwner } from '../flv-play.ts';
import type { PlayerLeft, SessionContext, SessionRole } from '../session.ts';
import type { SocketWriter } from '../socket-writer.ts';
import type { Refusal } from '../stream-gate.ts';
import type { HttpActivity, HttpExchange, HttpHost } from './http-activity.ts';
import { statusOf } from './http-status.ts';
import { decodePathHeader, encodePathHeader, PATH_HEADER } from './relay-path-header.ts';

/**
 * A GET or HEAD of a stream. The head of the answer goes through node:http, the media behind it straight to the socket: the
 * same chunk for every player.
 */
export class HttpPlay implements HttpActivity, FlvPlayOwner {
  readonly context: SessionContext;
  readonly log: Log;
  readonly writer: SocketWriter;
  readonly #host: HttpHost;
  readonly #exchange: HttpExchange;
  readonly #key: string;
  readonly #play: FlvPlay;
  /** Whether the answer is in the chunked coding, which HTTP/1.0 does not have. */
  readonly #isChunked: boolean;
  #isStarted = false;

  constructor(host: HttpHost, exchange: HttpExchange, reading: StreamKeyReading) {
    this.#host = host;
    this.context = host.context;
    this.log = host.log;
    this.writer = host.writer;
    this.#exchange = exchange;
    this.#key = reading.key;
    const { headers, httpVersionMajor, httpVersionMinor } = exchange.request;
    this.#isChunked = httpVersionMajor === 1 && httpVersionMinor >= 1;
    this.#play = new FlvPlay(this, {
      reading,
      path: decodePathHeader(headers[PATH_HEADER]),
      form: this.#isChunked ? flvWireForm.chunked : flvWireForm.raw,
      client: headers['user-agent'] ?? '',
    });
  }

  begin(): void {
    this.#host.expect('decision about the request', this.context.deadlines.idleMs);
    this.#play.begin();
  }

  get role(): SessionRole {
    return this.#play.role;
  }

  get sentBytes(): number {
    return this.#host.sentBytes;
  }

  dismiss(reason: string): void {
    this.#play.leave('shutdown');
    this.#break(reason);
  }

  onMissed(): void {
    this.#play.leave('timeout');
    this.#host.destroy();
  }

  onBroken(): void {
    this.#play.leave('protocol');
    this.#host.destroy(); // an answer would be in the middle of the media
  }

  onCut(why: PlayerLeft): void {
    this.#play.leave(why);
  }

  // --- what the play tells

  onPlayAccepted(): void {
    this.#host.expectNothing();
    this.#host.accept();
  }

  onPlayRefused(refusal: Refusal): void {
    this.#host.reject(refusal);
    this.#host.answer(statusOf(refusal, 'play'), refusal.description);
  }

  onPlayStart(path: readonly string[]): void {
    const { request, response } = this.#exchange;
    this.#isStarted = true;
    response.useChunkedEncodingByDefault = this.#isChunked; // "TE: chunked" would turn it on for HTTP/1.0
    response.writeHead(200, {
      'content-type': 'video/x-flv',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...this.#host.site.origins.headers(request.headers.origin),
      ...(this.#play.isRelay
        ? { [PATH_HEADER]: encodePathHeader([this.context.gate.relayId, ...path]) }
        : {}),
      ...(this.#isChunked ? { 'transfer-encoding': 'chunked' } : { connection: 'close' }),
    });
    if (request.method === 'HEAD') {
      this.#play.leave('closed');
      this.#end();
    } else response.flushHeaders();
  }

  onFirstMedia(): void {
    this.#host.onFirstMedia();
  }

  onPlayEnd(reason: PlayEndReason): void {
    switch (reason) {
      case 'ended':
      case 'format':
        this.#end();
        return;
      case 'not-found':
        this.#host.answer(404, `there is no stream ${this.#key}, and none came in time`);
        return;
      case 'stalled':
        this.log.warn('stalled', `took nothing of ${this.#key} for too long: disconnected`, {
          stream: this.#key,
        });
        this.#host.destroy();
        return;
      case 'shutdown':
        this.#break('the relay stops');
        return;
      default:
        reason satisfies never;
    }
  }

  onBug(error: unknown): void {
    this.#host.onBug(error);
  }

  /** The answer is complete: node:http writes the last chunk, or closes the connection of HTTP/1.0. */
  #end(): void {
    this.#exchange.response.end();
    this.#host.finish();
  }

  /** The answer will not be complete. */
  #break(reason: string): void {
    if (!this.#isStarted) this.#host.farewell(503, reason);
    else if (this.#isChunked) this.#host.cut();
    else this.#host.destroy();
  }
}
