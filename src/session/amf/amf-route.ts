import type { IncomingMessage } from 'node:http';
import type { CallSettings } from '../../config/calls/call-settings.ts';
import type { HttpExchange, HttpHost, RequestRoute } from '../http/http-activity.ts';
import { pathOf } from '../http/http-target.ts';
import type { AmfCaller } from './amf-exchange.ts';

/** Where AMF packets come, if they do: what answers them is loaded for the first. */
export class AmfRoute implements RequestRoute {
  readonly #settings: Pick<CallSettings, 'amfPath'>;
  /** What counts over all requests of a connection. */
  readonly #callers = new WeakMap<HttpHost, AmfCaller>();

  /** @param settings - they may change */
  constructor(settings: Pick<CallSettings, 'amfPath'>) {
    this.#settings = settings;
  }

  takes({ url = '' }: IncomingMessage): boolean {
    const { amfPath } = this.#settings;
    return amfPath !== null && pathOf(url) === amfPath;
  }

  answer(host: HttpHost, exchange: HttpExchange): void {
    this.#begin(host, exchange).catch((error: unknown) => host.fail(error));
  }

  async #begin(host: HttpHost, exchange: HttpExchange): Promise<void> {
    const { AmfCaller, AmfExchange } = await import('./amf-exchange.ts');
    if (!host.isAnswering(exchange)) return;
    const isProxy = host.context.countFor !== undefined; // which brings many, each with a request or two
    const caller = (isProxy ? undefined : this.#callers.get(host)) ?? new AmfCaller(host);
    this.#callers.set(host, caller);
    host.run(() => host.start(new AmfExchange(host, exchange, caller)));
  }
}
