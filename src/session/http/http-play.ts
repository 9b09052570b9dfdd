import { prologueOf, type WireForm } from '../../stream/fan-out/wire-form.ts';
import type { Play } from '../../stream/stream-registry.ts';
import type { Challenge, Refusal } from '../access.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import type { PlayerLeft, SessionRole } from '../session.ts';
import type { SocketWriter } from '../socket-writer.ts';
import type { StreamFormat } from '../stream-format.ts';
import type { HttpActivity, HttpExchange, HttpHost } from './http-activity.ts';
import { denialHeaders, statusOf } from './http-status.ts';
import type { StreamTarget } from './http-target.ts';
import { wishOf } from './http-wish.ts';
import { encodePathHeader, PATH_HEADER } from './relay-path-header.ts';
import { isChunked, streamHeaders } from './stream-headers.ts';

/**
 * A GET of a stream. The head of the answer goes through node:http, the media behind it straight to the socket: the same
 * chunk for every player.
 */
export class HttpPlay implements HttpActivity, PlayWire {
  readonly activity: Playing;
  readonly name: string;
  readonly writer: SocketWriter;
  readonly #host: HttpHost;
  readonly #exchange: HttpExchange;
  readonly #target: StreamTarget;
  readonly #form: WireForm;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    this.#host = host;
    this.#exchange = exchange;
    this.#target = target;
    this.name = target.reading.key;
    this.writer = host.connection.writer;
    this.#form = target.format.forms[isChunked(exchange) ? 'chunked' : 'raw'];
    this.activity = new Playing(host.connection, this, this.#form);
  }

  get role(): SessionRole {
    return this.activity.role;
  }

  begin(): void {
    this.activity.begin(wishOf(this.#exchange.request.headers, this.#target.reading));
  }

  dismiss(reason: string): void {
    this.activity.dismiss(reason);
  }

  onHalfClosed(): void {
    this.#host.destroy(); // who plays and has nothing more to say has gone
  }

  onBroken(): void {
    this.activity.leave('protocol');
    this.#host.destroy(); // an answer would be in the middle of the media
  }

  onCut(why: PlayerLeft): void {
    this.activity.leave(why);
  }

  // --- what the play tells

  onAccepted(): void {}

  onDenied(denial: Refusal | Challenge): void {
    this.#host.answer(statusOf(denial, 'play'), denial.description, denialHeaders(denial));
  }

  onMissed(): void {
    this.#host.destroy();
  }

  onStarted(play: Play, path: readonly string[]): void {
    const { request, response } = this.#exchange;
    response.useChunkedEncodingByDefault = isChunked(this.#exchange); // "TE: chunked" would turn it on for HTTP/1.0
    response.writeHead(200, {
      ...streamHeaders(this.#exchange, this.#format),
      ...this.#host.site.origins.headers(request.headers.origin),
      ...(this.activity.isRelay ? { [PATH_HEADER]: encodePathHeader(this.#pathThroughHere(path)) } : {}),
    });
    response.flushHeaders();
    this.writer.write(prologueOf(this.#form, play.kinds()));
    if (this.activity.isRelay) this.onPath(path);
  }

  /** The head, where there is one, is too early for changes. */
  onPath(path: readonly string[]): void {
    this.writer.write(this.#format.pathNotice(this.#form, this.#pathThroughHere(path)));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    const { response } = this.#exchange;
    switch (end) {
      case 'ended':
      case 'format':
        response.end(); // node:http writes the last chunk, or closes the connection of HTTP/1.0
        this.#host.finish();
        return;
      case 'not-found':
        this.#host.answer(404, sentence);
        return;
      case 'stalled':
        this.#host.destroy();
        return;
      case 'revoked':
      case 'shutdown':
        if (!response.headersSent) this.#host.farewell(end === 'revoked' ? 403 : 503, sentence);
        else if (isChunked(this.#exchange)) this.#host.cut();
        else this.#host.destroy();
        return;
      default:
        end satisfies never;
    }
  }

  get #format(): StreamFormat {
    return this.#target.format;
  }

  #pathThroughHere(path: readonly string[]): readonly string[] {
    return [this.#host.connection.context.streams.relayId, ...path];
  }
}
