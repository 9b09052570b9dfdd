import type { Challenge, Grant, Refusal } from '../access.ts';
import { Deadline } from '../deadline.ts';
import { type HttpExchange, type HttpHost, StreamActivity } from '../http/http-activity.ts';
import { denialHeaders, statusOf } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import { type Asker, Inquiry } from '../inquiry.ts';

/**
 * A request that is answered once all of its body is there, which is short. Access is asked first whether who sends it might play or
 * publish the stream; nobody counts as a player or publisher by it.
 */
export abstract class ShortRequest extends StreamActivity implements Asker {
  readonly activity: undefined;
  /** What the stream is asked for. */
  protected abstract readonly verb: 'play' | 'publish';
  /** The longest body, bytes. */
  protected abstract readonly maxBytes: number;
  /** For the body; {@link Inquiry} has its own for the verdict. */
  readonly #deadline: Deadline;
  #inquiry: Inquiry | undefined;
  #bytes = 0;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget) {
    super(host, exchange, target);
    this.#deadline = new Deadline(host.context.clock, (what) =>
      host.run(() => {
        host.miss(what);
        host.farewell(408, `no ${what} in time`);
      }),
    );
  }

  /** Bytes of the body have come. */
  protected onBytes(_bytes: Buffer): void {}

  /** All of the body is there: it is to be answered now. */
  protected abstract onWhole(): void;

  begin(): void {
    if (Number(this.exchange.request.headers['content-length'] ?? 0) > this.maxBytes) this.#refuseBody();
    else this.#inquiry = new Inquiry(this.host, this, this.verb, this.wish, 'look');
  }

  override dismiss(reason: string): void {
    this.#leave();
    this.host.farewell(503, reason);
  }

  onBroken(): void {
    this.#leave();
  }

  onCut(): void {
    this.#leave();
  }

  // --- what access says

  onGranted(grant: Grant): undefined {
    grant.release();
    const { request } = this.exchange;
    this.#deadline.expect('end of the request', this.host.context.deadlines.idleMs);
    request.on('data', (bytes: Buffer) => this.host.run(() => this.#onBytes(bytes)));
    request.on('end', () => this.host.run(() => this.#onEnd()));
    this.readBody();
  }

  /** Who is asked for credentials may go on on this connection, unless it is not known where the body ends that nobody reads. */
  override onDenied(denial: Refusal | Challenge): void {
    const { expectsContinue, request } = this.exchange;
    const answer = [statusOf(denial, this.verb), denial.description, denialHeaders(denial)] as const;
    if (expectsContinue || request.headers['transfer-encoding'] !== undefined) this.host.farewell(...answer);
    else this.host.answer(...answer);
  }

  onMissed(what: string): void {
    this.host.farewell(503, `no ${what} in time`);
  }

  #onBytes(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.maxBytes) this.#refuseBody();
    else this.onBytes(bytes);
  }

  #onEnd(): void {
    if (!this.exchange.request.complete || !this.host.isAnswering(this.exchange)) return;
    this.#deadline.clear();
    this.onWhole();
  }

  #refuseBody(): void {
    this.#leave();
    this.host.farewell(413, `the body of this request may have ${this.maxBytes} bytes`);
  }

  #leave(): void {
    this.#deadline.clear();
    this.#inquiry?.cancel();
  }
}
