import type { IncomingHttpHeaders } from 'node:http';
import type { PrefaceFrame } from '../../stream/frame.ts';
import type { Challenge, Refusal } from '../access.ts';
import {
  type PublicationEnd,
  type PublicationSeries,
  type PublicationWire,
  Publishing,
} from '../publishing.ts';
import type { PlayerLeft } from '../session.ts';
import type { StreamIntake } from '../stream-format.ts';
import { type HttpExchange, type HttpHost, StreamActivity } from './http-activity.ts';
import { denialHeaders, statusOf } from './http-status.ts';
import type { StreamTarget } from './http-target.ts';

/** A request whose body is a stream, or a part of one, for as long as it takes. */
export abstract class BodyPublish extends StreamActivity implements PublicationWire {
  readonly activity: Publishing;
  /** Reads the body; undefined until media may come. */
  #intake: StreamIntake | undefined;
  /** Whether all of the body is there, though perhaps not acted on. */
  #isComplete = false;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    super(host, exchange, target);
    this.activity = new Publishing(host, this);
  }

  /** What reads the body. @param goesOnFrom - as `PublicationWire.onAccepted` is told */
  protected abstract openIntake(goesOnFrom: readonly PrefaceFrame[] | undefined): StreamIntake;

  /** The body is over and all of it was acted on, while the publication goes on. */
  protected abstract onWhole(intake: StreamIntake): void;

  /** Whether all of the body is there. */
  protected get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Asks whether it may. @param series - that the publication is a part of, see {@link Publishing.begin} */
  protected publish(series?: PublicationSeries): void {
    const { headers } = this.exchange.request;
    const problem = codingProblem(headers);
    const refusal = this.host.site.origins.refusalOfPublisher(headers.origin);
    if (problem !== undefined) this.host.farewell(problem.status, problem.text);
    else if (refusal !== undefined) this.refuse(refusal);
    else this.activity.begin({ ...this.wish, path: [] }, series);
  }

  override proceed(): void {
    const intake = this.#intake;
    if (intake === undefined || this.activity.isOver) return;
    for (const frame of intake.frames()) {
      this.activity.receive(frame);
      if (this.activity.isOver) return; // replaced from within
    }
    if (this.#isComplete && !this.host.meter.isSpent) this.onWhole(intake);
  }

  override get partialBytes(): number {
    return super.partialBytes + (this.#intake?.partialBytes ?? 0);
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

  onAccepted(_key: string, goesOnFrom?: readonly PrefaceFrame[]): void {
    const { request } = this.exchange;
    this.#intake = this.openIntake(goesOnFrom);
    request.on('data', (bytes: Buffer) => this.host.run(() => this.#onBytes(bytes)));
    request.on('end', () => this.host.run(() => this.#onEnd()));
    this.readBody();
  }

  onEnded(end: PublicationEnd, sentence: string): void {
    this.host.farewell({ kicked: 403, replaced: 409, revoked: 403, shutdown: 503 }[end], sentence);
  }

  #onBytes(bytes: Buffer): void {
    if (this.activity.isOver) return;
    this.#intake?.push(bytes);
    this.proceed();
  }

  #onEnd(): void {
    this.#isComplete = this.exchange.request.complete;
    this.proceed();
  }
}

/** What is wrong with a request for its codings, whoever sends it. */
export function codingProblem(
  headers: IncomingHttpHeaders,
): { readonly status: number; readonly text: string } | undefined {
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
