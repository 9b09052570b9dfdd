import { type MediaKinds, prologueOf } from '../../stream/fan-out/wire-form.ts';
import type { ResumePoint } from '../../stream/resuming/resume-point.ts';
import { type PlayEnd, Playing, type PlayPurpose, type PlayWire } from '../playing.ts';
import { decodeResume, RESUME_HEADER } from '../resume-text.ts';
import type { PlayerLeft } from '../session.ts';
import { type HttpExchange, type HttpHost, StreamActivity } from './http-activity.ts';
import type { StreamTarget } from './http-target.ts';
import { encodePathHeader, PATH_HEADER } from './relay-path-header.ts';
import { type StreamAnswer, streamAnswer, writeHead } from './stream-answer.ts';

/**
 * A GET of a stream. The head of the answer goes through node:http, the media behind it straight to the socket: the same
 * chunk for every player.
 */
export class HttpPlay extends StreamActivity implements PlayWire {
  readonly activity: Playing;
  #answer: StreamAnswer;

  constructor(
    host: HttpHost,
    exchange: HttpExchange,
    target: StreamTarget,
    answer: StreamAnswer = streamAnswer(target.format, exchange.request),
    purpose: PlayPurpose = 'play',
  ) {
    super(host, exchange, target);
    this.#answer = answer;
    this.activity = new Playing(host, this, answer.form, purpose);
  }

  get resume(): ResumePoint | undefined {
    return decodeResume(this.exchange.request.headers[RESUME_HEADER]);
  }

  begin(): void {
    this.activity.begin(this.wish);
  }

  /** The stream is to be brought in this way: before it has begun. */
  protected bring(answer: StreamAnswer): void {
    this.#answer = answer;
    this.activity.change(answer.form);
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
    const more = isRelay ? { [PATH_HEADER]: encodePathHeader(path) } : {};
    writeHead(this.exchange, this.#answer, this.host.site, more);
    response.flushHeaders();
    this.host.writer.write(prologueOf(this.#answer.form, kinds));
    if (isRelay) this.onPath(path);
  }

  /** The head, where there is one, is too early for changes. */
  onPath(path: readonly string[]): void {
    this.host.writer.write(this.#answer.pathNotice(this.#answer.form, path));
  }

  onEnded(end: PlayEnd, sentence: string): void {
    const { response } = this.exchange;
    const { form, isChunked, absentStatus, ending } = this.#answer;
    switch (end) {
      case 'ended':
      case 'format':
        if (ending !== undefined) this.host.writer.write(ending(form));
        response.end(); // node:http writes the last chunk, or closes the connection of HTTP/1.0
        this.host.finish();
        return;
      case 'not-found':
        // to a relay a stream is there or not: whoever waits there may come again
        this.host.answer(this.activity.isRelay ? 404 : absentStatus, sentence);
        return;
      case 'stalled':
        this.host.destroy();
        return;
      case 'kicked':
      case 'revoked':
      case 'shutdown':
        if (!response.headersSent) this.host.farewell(end === 'shutdown' ? 503 : 403, sentence);
        else if (isChunked) this.host.cut();
        else this.host.destroy();
        return;
      default:
        end satisfies never;
    }
  }
}
