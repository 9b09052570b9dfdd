import { type MediaKinds, prologueOf, type WireForm } from '../../stream/fan-out/wire-form.ts';
import { type PlayEnd, Playing, type PlayWire } from '../playing.ts';
import type { PlayerLeft } from '../session.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from './http-activity.ts';
import type { StreamTarget } from './http-target.ts';
import { encodePathHeader, PATH_HEADER } from './relay-path-header.ts';

/**
 * A GET of a stream. The head of the answer goes through node:http, the media behind it straight to the socket: the same
 * chunk for every player.
 */
export class HttpPlay extends HttpActivity implements PlayWire {
  readonly activity: Playing;
  readonly #form: WireForm;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    super(host, exchange, target);
    this.#form = target.format.forms[this.isChunked ? 'chunked' : 'raw'];
    this.activity = new Playing(host, this, this.#form);
  }

  begin(): void {
    this.activity.begin(this.wish);
  }

  override onHalfClosed(): void {
    this.host.destroy(); // who plays and has nothing more to say has gone
  }

  onBroken(why: PlayerLeft): void {
    this.activity.leave(why);
    this.host.destroy(); // an answer would be in the middle of the media
  }

  onCut(why: PlayerLeft): void {
    this.activity.leave(why);
  }

  // --- what the play tells

  onAccepted(): void {}

  onMissed(): void {
    this.host.destroy();
  }

  onStarted(kinds: MediaKinds, path: readonly string[]): void {
    const { response } = this.exchange;
    const isRelay = path.length > 0;
    response.useChunkedEncodingByDefault = this.isChunked; // "TE: chunked" would turn it on for HTTP/1.0
    this.writeHead(isRelay ? { [PATH_HEADER]: encodePathHeader(path) } : {});
    response.flushHeaders();
    this.host.writer.write(prologueOf(this.#form, kinds));
    if (isRelay) this.onPath(path);
  }

  /** The head, where there is one, is too early for changes. */
  onPath(path: readonly string[]): void {
    this.host.writer.write(this.target.format.pathNotice(this.#form, path));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    const { response } = this.exchange;
    switch (end) {
      case 'ended':
      case 'format':
        response.end(); // node:http writes the last chunk, or closes the connection of HTTP/1.0
        this.host.finish();
        return;
      case 'not-found':
        this.host.answer(404, sentence);
        return;
      case 'stalled':
        this.host.destroy();
        return;
      case 'kicked':
      case 'revoked':
      case 'shutdown':
        if (!response.headersSent) this.host.farewell(end === 'shutdown' ? 503 : 403, sentence);
        else if (this.isChunked) this.host.cut();
        else this.host.destroy();
        return;
      default:
        end satisfies never;
    }
  }
}
