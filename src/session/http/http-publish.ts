import { ProtocolError } from '../../errors.ts';
import { flvFrame } from '../../family/flv/flv-frame.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import type { Source } from '../../stream/source.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Publication } from '../../stream/stream-registry.ts';
import type { SessionRole } from '../session.ts';
import { settle } from '../settle.ts';
import { isRefusal, type Refusal } from '../stream-gate.ts';
import type { HttpActivity, HttpExchange, HttpHost } from './http-activity.ts';
import { statusOf } from './http-status.ts';

/** A POST or PUT of a stream: its body is FLV, as long as it takes. */
export class HttpPublish implements HttpActivity {
  readonly #host: HttpHost;
  readonly #exchange: HttpExchange;
  readonly #reading: StreamKeyReading;
  readonly #tags: FlvTagReader;
  readonly #since: number;
  #publication: Publication | undefined;
  #tagCount = 0;
  #isOver = false;

  constructor(host: HttpHost, exchange: HttpExchange, reading: StreamKeyReading) {
    this.#host = host;
    this.#exchange = exchange;
    this.#reading = reading;
    this.#tags = new FlvTagReader({ maxTagBytes: host.site.maxTagBytes });
    this.#since = host.context.clock.now();
  }

  get role(): SessionRole {
    return this.#publication === undefined ? 'pending' : 'publisher';
  }

  begin(): void {
    const { context, site } = this.#host;
    const problem = this.#problem();
    if (problem !== undefined) {
      this.#isOver = true;
      this.#host.farewell(problem.status, problem.text);
      return;
    }
    const { origin } = this.#exchange.request.headers;
    if (!site.origins.mayPublish(origin)) {
      const description = `pages of ${origin} may not publish: the server's setting http.publishOrigins does not list them`;
      this.#refuse({ refused: 'access', description });
      return;
    }
    const source: Source = { address: context.peer, path: [], onReplaced: (by) => this.#onReplaced(by) };
    const wish = { readings: [this.#reading], address: context.address, path: [] };
    this.#host.expect('decision about the request', context.deadlines.idleMs);
    settle(
      context.gate.publish(wish, source),
      (settled) => this.#onSettled(settled),
      (error) => this.#host.onBug(error),
    );
  }

  dismiss(reason: string): void {
    this.#leave('lost');
    this.#host.farewell(503, reason);
  }

  onMissed(what: string): void {
    this.#leave('lost');
    this.#host.farewell(408, `no ${what} in time`);
  }

  onBroken(): void {
    this.#leave('lost');
  }

  onCut(): void {
    this.#leave('lost');
  }

  /** What is wrong with the request, whoever sends it. */
  #problem(): { readonly status: number; readonly text: string } | undefined {
    const { headers } = this.#exchange.request;
    const transferCoding = headers['transfer-encoding'] ?? 'chunked';
    if (transferCoding.toLowerCase() !== 'chunked') {
      return { status: 501, text: `no transfer coding but chunked is understood, got ${transferCoding}` };
    }
    const contentCoding = headers['content-encoding'] ?? 'identity';
    if (contentCoding.toLowerCase() !== 'identity') {
      return { status: 415, text: `no content coding is understood, got ${contentCoding}` };
    }
    return undefined;
  }

  #onSettled(settled: Publication | Refusal): void {
    if (isRefusal(settled)) {
      if (!this.#isOver) this.#refuse(settled);
    } else if (this.#isOver)
      settled.leave('lost'); // who asked has gone meanwhile, or was replaced
    else this.#accept(settled);
  }

  #accept(publication: Publication): void {
    const { request, response, expectsContinue } = this.#exchange;
    const { key } = publication;
    this.#publication = publication;
    this.#host.accept();
    this.#host.expect('first media', this.#host.context.deadlines.firstMediaMs);
    this.#host.log.info('publish', `publishes ${key}`, {
      stream: key,
      client: request.headers['user-agent'],
    });
    if (expectsContinue) response.writeContinue();
    request.on('data', (bytes: Buffer) => this.#guard(() => this.#onBytes(publication, bytes)));
    request.on('end', () => this.#guard(() => this.#onEnd(publication)));
  }

  #onBytes(publication: Publication, bytes: Buffer): void {
    if (this.#isOver) return;
    const { silenceMs } = this.#host.context.deadlines;
    this.#tags.push(bytes);
    for (const { type, timestamp, payload } of this.#tags.tags()) {
      this.#tagCount++;
      publication.receive(flvFrame(type, timestamp, payload));
      if (this.#isOver) return; // replaced from within
      this.#host.expect('media', silenceMs);
    }
  }

  #onEnd({ key }: Publication): void {
    if (this.#isOver || !this.#exchange.request.complete) return;
    this.#tags.end();
    this.#leave('ended');
    this.#host.answer(200, `${key} has ended: ${this.#tagCount} tags`);
  }

  /** A fault in the body ends the publication with the offset of the fault. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#leave('lost');
      if (!(error instanceof ProtocolError)) {
        this.#host.onBug(error);
        return;
      }
      this.#host.log.warn('protocol-error', error.message, {
        code: error.code,
        client: this.#exchange.request.headers['user-agent'],
      });
      this.#host.farewell(400, `${error.message} (${error.code})`);
    }
  }

  #refuse(refusal: Refusal): void {
    this.#isOver = true;
    this.#host.reject(refusal);
    this.#host.farewell(statusOf(refusal, 'publish'), refusal.description);
  }

  #onReplaced(by: Source): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const description = `${this.#reading.key} was taken over by a publisher from ${by.address}`;
    this.#host.log.info('taken-over', description);
    this.#host.farewell(409, description);
  }

  #leave(how: 'ended' | 'lost'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#publication === undefined) return;
    const { key } = this.#publication;
    this.#publication.leave(how);
    const { context, log, receivedBytes } = this.#host;
    const seconds = Math.round((context.clock.now() - this.#since) / 1000);
    const text = `${how === 'ended' ? 'has ended' : 'is gone from'} ${key} after ${seconds} s`;
    log.info('unpublish', text, { stream: key, received: receivedBytes, how });
  }
}
