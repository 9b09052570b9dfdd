import type { Challenge, Grant, Refusal } from '../access.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import { otherFormat } from '../playing.ts';
import type { SessionRole } from '../session.ts';
import type { StreamFormat } from '../stream-format.ts';
import type { StreamLook } from '../streams.ts';
import type { HttpActivity, HttpExchange, HttpHost } from './http-activity.ts';
import { denialHeaders, statusOf } from './http-status.ts';
import type { StreamTarget } from './http-target.ts';
import { wishOf } from './http-wish.ts';
import { streamHeaders } from './stream-headers.ts';

/** A HEAD of a stream: what GET would answer now. Nobody waits for a stream, none is fetched, and nobody counts as a player. */
export class HttpLook implements HttpActivity, Asker {
  readonly role: SessionRole = 'pending';
  readonly activity: undefined;
  readonly #host: HttpHost;
  readonly #exchange: HttpExchange;
  readonly #target: StreamTarget;
  readonly #inquiry: Inquiry;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    this.#host = host;
    this.#exchange = exchange;
    this.#target = target;
    this.#inquiry = new Inquiry(host.connection, this);
  }

  begin(): void {
    this.#inquiry.ask('play', wishOf(this.#exchange.request.headers, this.#target.reading), true);
  }

  dismiss(reason: string): void {
    this.#inquiry.cancel();
    this.#host.farewell(503, reason);
  }

  onBroken(): void {
    this.#inquiry.cancel();
  }

  onCut(): void {
    this.#inquiry.cancel();
  }

  // --- what access says

  async onGranted(grant: Grant, signal: AbortSignal): Promise<undefined> {
    let seen: StreamLook | undefined;
    try {
      seen = await this.#host.connection.context.streams.look(grant);
    } finally {
      grant.release();
    }
    if (!signal.aborted) this.#answer(seen);
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#host.answer(statusOf(denial, 'play'), denial.description, denialHeaders(denial));
  }

  onMissed(what: string): void {
    this.#host.farewell(503, `no ${what} in time`);
  }

  #answer(seen: StreamLook | undefined): void {
    const { format, reading } = this.#target;
    const { family } = format.forms.raw;
    if (seen === undefined) this.#host.answer(404, `there is no stream ${reading.key} now`);
    else if ((seen.family ?? family) !== family) this.#host.answer(406, otherFormat(reading.key));
    else this.#answerHead(format);
  }

  #answerHead(format: StreamFormat): void {
    const { request, response } = this.#exchange;
    response.writeHead(200, {
      ...streamHeaders(this.#exchange, format),
      ...this.#host.site.origins.headers(request.headers.origin),
    });
    response.end();
    this.#host.finish();
  }
}
