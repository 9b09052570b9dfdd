import { printable } from '../../log.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import type { HeaderFields } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import { type MmshClient, mmshHeaders } from './mmsh-client.ts';
import { ShortRequest } from './short-request.ts';

/** What is kept of it, characters. */
const MAX_REPORT_TEXT = 1024;

/** A player that reports how it has played, which whoever may play may: counted, and kept where its play is told. */
export class MmshReport extends ShortRequest {
  override readonly headers: HeaderFields;
  protected override readonly verb = 'play';
  /** Players send some kilobytes of it. */
  protected override readonly maxBytes: number = 64 * 1024;
  readonly #client: MmshClient;
  /** As much of the body as is kept. */
  #text = '';

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget, client: MmshClient) {
    super(host, exchange, target);
    this.headers = mmshHeaders(client);
    this.#client = client;
  }

  protected override onBytes(bytes: Buffer): void {
    const most = MAX_REPORT_TEXT + 1; // one more tells that it is cut
    if (this.#text.length < most) this.#text += bytes.toString('latin1', 0, most);
  }

  protected override onWhole(): void {
    const { id, pragmas } = this.#client;
    const text = printable((this.#text || pragmas.get('log-line')) ?? '', MAX_REPORT_TEXT);
    this.host.context.events.onReported({ session: this.host, clientId: id, text });
    this.host.answer(204, '');
  }
}
