import type { Challenge, Refusal } from '../../access.ts';
import type { Wish } from '../../connection.ts';
import { Deadline } from '../../deadline.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from '../../http/http-activity.ts';
import { denialHeaders, statusOf } from '../../http/http-status.ts';
import { wishOf } from '../../http/http-wish.ts';
import type { PlayerLeft } from '../../session.ts';
import type { RecordedFile } from '../recorded-file.ts';
import { type RecordedEnd, RecordedPlaying, type RecordedWire } from '../recorded-playing.ts';
import type { RecordingLibrary } from '../recording-library.ts';
import { type BodyPart, type RecordedAnswer, recordedAnswer } from './recorded-answer.ts';
import type { RecordedTarget } from './recorded-target.ts';

/** What a client has not taken of what was written for it: with more it gets no more for now, bytes. */
const MAX_BACKLOG_BYTES = 512 * 1024;

/** A GET of a recording, or of a part of it: sent as fast as the client takes it. */
export class HttpRecordedPlay extends HttpActivity implements RecordedWire {
  readonly activity: RecordedPlaying;
  readonly #library: RecordingLibrary;
  readonly #target: RecordedTarget;
  readonly #stall: Deadline;
  #takenBytes = 0;
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(host: HttpHost, exchange: HttpExchange, target: RecordedTarget, library: RecordingLibrary) {
    super(host, exchange);
    this.#target = target;
    this.#library = library;
    this.#stall = new Deadline(library.clock, () => this.#onUntaken());
    this.activity = new RecordedPlaying(host, library, this, target.family);
  }

  begin(): void {
    this.activity.begin(recordedWish(this.exchange, this.#target));
  }

  override onHalfClosed(): void {
    this.host.destroy(); // who plays and has nothing more to say has gone
  }

  onBroken(why: PlayerLeft): void {
    this.activity.leave(why);
    this.host.destroy(); // an answer would be in the middle of the body
  }

  onCut(why: PlayerLeft): void {
    this.activity.leave(why);
  }

  onDenied(denial: Refusal | Challenge): void {
    answerDenial(this.host, denial);
  }

  onMissed(): void {
    this.host.destroy();
  }

  onAccepted(file: RecordedFile): void {
    this.#answer(file).catch((error: unknown) => {
      if (!this.#isOver) this.activity.onFailed(error);
    });
  }

  onLeft(): void {
    this.#isOver = true;
    this.#stall.clear();
    this.#wake?.();
  }

  onEnded(end: RecordedEnd, sentence: string): void {
    const { response } = this.exchange;
    if (end === 'stalled') this.host.destroy();
    else if (response.headersSent)
      this.host.cut(); // it is shorter than it was to be
    else this.host.farewell(end === 'shutdown' || end === 'unreadable' ? 503 : 403, sentence);
  }

  async #answer(file: RecordedFile): Promise<void> {
    const answer = await recordedAnswer(file, this.exchange.request, this.#target);
    const [first] = answer.body;
    // what cannot be read at all is told by a status
    if (first !== undefined && 'offset' in first) await file.pieceFrom(first.offset);
    if (this.#isOver) return;
    const { response } = this.exchange;
    writeRecordedHead(this.host, this.exchange, answer);
    response.flushHeaders();
    for (const part of answer.body) await this.#send(file, part);
    if (this.#isOver) return;
    this.host.run(() => {
      this.activity.leave('ended');
      response.end();
      this.host.finish();
    });
  }

  async #send(file: RecordedFile, part: BodyPart): Promise<void> {
    if ('bytes' in part) this.#write(part.bytes);
    else {
      for (let at = part.offset; at < part.end && !this.#isOver; ) {
        const piece = (await file.pieceFrom(at)).subarray(0, part.end - at);
        await this.#room();
        this.#write(piece);
        at += piece.length;
      }
    }
  }

  #write(bytes: Buffer): void {
    if (this.#isOver) return;
    this.activity.onMedia();
    this.host.writer.write(bytes, () => this.#wake?.());
  }

  /** Resolves when the client has taken enough to be sent more, or has gone. */
  async #room(): Promise<void> {
    const { writer } = this.host;
    while (!this.#isOver && writer.backlogBytes >= MAX_BACKLOG_BYTES) {
      this.#expectTaken();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#stall.clear();
  }

  #expectTaken(): void {
    this.#takenBytes = this.host.writer.takenBytes;
    this.#stall.expect('taking of media', this.#library.limits.stallTimeoutMs);
  }

  #onUntaken(): void {
    if (this.host.writer.takenBytes === this.#takenBytes) this.activity.onStalled();
    else this.#expectTaken();
  }
}

/** What a request for a recording says of who asks. */
export function recordedWish({ request }: HttpExchange, { reading }: RecordedTarget): Wish {
  return { ...wishOf(request, reading), path: [] };
}

/** Tells a client that it may not have a recording. */
export function answerDenial(host: HttpHost, denial: Refusal | Challenge): void {
  host.answer(statusOf(denial, 'play'), denial.description, denialHeaders(denial));
}

/** Writes the head of an answer that has a recording, or a part of it. */
export function writeRecordedHead(
  { site, isLast }: HttpHost,
  { request, response }: HttpExchange,
  { status, headers }: RecordedAnswer,
): void {
  const { origin } = request.headers;
  response.writeHead(status, {
    ...headers,
    ...site.origins.headers(origin),
    ...(origin === undefined
      ? {}
      : { 'access-control-expose-headers': 'accept-ranges, content-range, etag' }),
    ...(isLast ? { connection: 'close' } : {}),
  });
}
