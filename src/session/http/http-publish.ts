import { Work } from '../../protocol/work-meter.ts';
import type { Challenge, Refusal } from '../access.ts';
import { type PublicationEnd, type PublicationWire, Publishing } from '../publishing.ts';
import type { PlayerLeft } from '../session.ts';
import type { StreamIntake } from '../stream-format.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from './http-activity.ts';
import { denialHeaders, statusOf } from './http-status.ts';
import type { StreamTarget } from './http-target.ts';

/** A POST or PUT of a stream: its body is the stream, as long as it takes. */
export class HttpPublish extends HttpActivity implements PublicationWire {
  readonly activity: Publishing;
  readonly #intake: StreamIntake;
  /** Whether all of the body is there, though perhaps not acted on. */
  #isComplete = false;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    super(host, exchange, target);
    this.#intake = target.format.intake(host.meter);
    this.activity = new Publishing(host, this);
  }

  begin(): void {
    const { headers } = this.exchange.request;
    const problem = this.#problem();
    if (problem !== undefined) {
      this.host.farewell(problem.status, problem.text);
      return;
    }
    if (!this.host.site.origins.mayPublish(headers.origin)) {
      const description = `pages from ${headers.origin} may not publish: http.publishOrigins of the server does not list this origin`;
      const refusal = { refused: 'access', description } as const;
      this.host.reject(refusal, this.name);
      this.onDenied(refusal);
      return;
    }
    this.activity.begin({ ...this.wish, path: [] });
  }

  override proceed(): void {
    if (this.activity.isOver) return;
    for (const frame of this.#intake.frames()) {
      this.activity.receive(frame);
      if (this.activity.isOver) return; // replaced from within
    }
    if (this.#isComplete && !this.host.meter.isSpent) this.#finish();
  }

  override get partialBytes(): number {
    return super.partialBytes + this.#intake.partialBytes;
  }

  onBroken(why: PlayerLeft): void {
    this.activity.leave(why);
  }

  onCut(why: PlayerLeft): void {
    this.activity.leave(why);
  }

  // --- what the publication tells

  override onDenied(denial: Refusal | Challenge): void {
    this.host.farewell(statusOf(denial, 'publish'), denial.description, denialHeaders(denial));
  }

  onMissed(what: string): void {
    this.host.farewell(408, `no ${what} in time`);
  }

  onAccepted(): void {
    const { request, response, expectsContinue } = this.exchange;
    if (expectsContinue) response.writeContinue();
    request.on('data', (bytes: Buffer) => this.host.run(() => this.#onBytes(bytes)));
    request.on('end', () => this.host.run(() => this.#onEnd()));
    this.host.readBody();
  }

  onEnded(end: PublicationEnd, sentence: string): void {
    this.host.farewell({ kicked: 403, replaced: 409, revoked: 403, shutdown: 503 }[end], sentence);
  }

  /** What is wrong with the request, whoever sends it. */
  #problem(): { readonly status: number; readonly text: string } | undefined {
    const { headers } = this.exchange.request;
    const transferCoding = headers['transfer-encoding'] ?? 'chunked';
    if (transferCoding.toLowerCase() !== 'chunked') {
      return { status: 501, text: `the only transfer coding supported is chunked, got ${transferCoding}` };
    }
    const contentCoding = headers['content-encoding'] ?? 'identity';
    if (contentCoding.toLowerCase() !== 'identity') {
      return { status: 415, text: `content codings are not supported, got ${contentCoding}` };
    }
    return undefined;
  }

  #onBytes(bytes: Buffer): void {
    this.host.meter.spend(Work.piece, bytes.length);
    if (this.activity.isOver) return;
    this.#intake.push(bytes);
    this.proceed();
  }

  #onEnd(): void {
    this.#isComplete = this.exchange.request.complete;
    this.proceed();
  }

  #finish(): void {
    this.#intake.end();
    const { key } = this.activity;
    this.activity.leave('ended');
    this.host.answer(200, `${key} has ended: ${this.#intake.summary}`);
  }
}
