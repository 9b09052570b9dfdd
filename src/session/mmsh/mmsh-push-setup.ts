import type { MmshIds } from '../../protocol/mmsh/mmsh-ids.ts';
import type { Wish } from '../connection.ts';
import type { HttpExchange, HttpHost } from '../http/http-activity.ts';
import type { HeaderFields } from '../http/http-status.ts';
import type { StreamTarget } from '../http/http-target.ts';
import { ENCODER_HEADERS, ENCODER_WAIT_MS } from './encoder-headers.ts';
import { ShortRequest } from './short-request.ts';

/**
 * A PushSetup: an encoder asks whether it may push, and is given a push-id by which its PushStarts belong together. Nothing is
 * published by it, and nothing kept of it: it says nothing of what may be done later.
 * @see MS-WMHTTP section 2.2.2.11
 */
export class MmshPushSetup extends ShortRequest {
  override readonly headers: HeaderFields = ENCODER_HEADERS;
  protected override readonly verb = 'publish';
  /** Room for the two lines that an encoder may send, Template-URL and AutoDestroy. */
  protected override readonly maxBytes = 4096;
  readonly #ids: MmshIds;

  constructor(host: HttpHost, exchange: HttpExchange, target: StreamTarget, ids: MmshIds) {
    super(host, exchange, target);
    this.#ids = ids;
  }

  override begin(): void {
    const refusal = this.host.site.origins.refusalOfPublisher(this.exchange.request.headers.origin);
    if (refusal === undefined) super.begin();
    else this.refuse(refusal);
  }

  protected override get wish(): Wish {
    return { ...super.wish, path: [] };
  }

  protected override onWhole(): void {
    this.host.waitFor(ENCODER_WAIT_MS);
    this.host.answer(204, '', {
      'set-cookie': `push-id=${this.#ids.newPushId(this.name)}`,
      'cache-control': 'no-cache',
      pragma: `no-cache, timeout=${ENCODER_WAIT_MS}`,
    });
  }
}
