import { printable } from '../../log.ts';
import { Work } from '../../protocol/work-meter.ts';
import type { Grant } from '../access.ts';
import { Deadline } from '../deadline.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from '../http/http-activity.ts';
import type { HeaderFields } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import { type MmshClient, mmshHeaders } from './mmsh-client.ts';

/** Players send some kilobytes of it; more is refused, bytes. */
const MAX_REPORT_BYTES = 64 * 1024;

/** What is kept of it, characters. */
const MAX_REPORT_TEXT = 1024;

/** A player that reports how it has played: counted, and kept where its play is told. */
export class MmshReport extends HttpActivity implements Asker {
  readonly activity: undefined;
  override readonly headers: HeaderFields;
  readonly #client: MmshClient;
  readonly #deadline: Deadline;
  #inquiry: Inquiry | undefined;
  /** As much of the body as is kept. */
  #text = '';
  #bytes = 0;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget, client: MmshClient) {
    super(host, exchange, target);
    this.headers = mmshHeaders(client);
    this.#client = client;
    this.#deadline = new Deadline(host.context.clock, (what) => {
      host.miss(what);
      host.farewell(408, `no ${what} in time`);
    });
  }

  /** Whoever may play a stream may say how it was. */
  begin(): void {
    this.#inquiry = new Inquiry(this.host, this, 'play', this.wish, 'look');
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

  onMissed(what: string): void {
    this.host.farewell(503, `no ${what} in time`);
  }

  onGranted(grant: Grant): undefined {
    grant.release();
    const { request } = this.exchange;
    this.#deadline.expect('report', this.host.context.deadlines.idleMs);
    request.on('data', (bytes: Buffer) => this.host.run(() => this.#onBytes(bytes)));
    request.on('end', () => this.host.run(() => this.#onEnd()));
    this.readBody();
  }

  #onBytes(bytes: Buffer): void {
    this.host.meter.spend(Work.piece, bytes.length);
    this.#bytes += bytes.length;
    if (this.#text.length < MAX_REPORT_TEXT) this.#text += bytes.toString('latin1', 0, MAX_REPORT_TEXT);
    if (this.#bytes <= MAX_REPORT_BYTES) return;
    this.#leave();
    this.host.farewell(413, `a report has at most ${MAX_REPORT_BYTES} bytes`);
  }

  #onEnd(): void {
    if (!this.exchange.request.complete || !this.host.isAnswering(this.exchange)) return;
    this.#leave();
    const { id, pragmas } = this.#client;
    const text = printable((this.#text || pragmas.get('log-line')) ?? '', MAX_REPORT_TEXT);
    this.host.context.events.onReported({ session: this.host, clientId: id, text });
    this.host.answer(204, '');
  }

  #leave(): void {
    this.#deadline.clear();
    this.#inquiry?.cancel();
  }
}
