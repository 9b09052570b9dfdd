import { decodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { FlvReader } from './flv-reader.ts';
import type { UpstreamConnector } from './server-connector.ts';
import type { Upstream, UpstreamEvents } from './upstream.ts';
import { type PulledWish, requestHeaders, UpstreamRequest } from './upstream-request.ts';

/**
 * Plays one stream of an HTTP server in order to relay it. HTTP has neither a ping nor a word for a source that is dry: to
 * whoever waits here silence is silence.
 */
export class HttpFlvPull implements Upstream {
  /** HTTP has no ping, hence no answer to one. */
  readonly signsOfLife = 0;
  readonly #request: UpstreamRequest;

  constructor(
    wish: PulledWish & { readonly maxTagBytes: number },
    connector: UpstreamConnector,
    events: UpstreamEvents,
  ) {
    this.#request = new UpstreamRequest(wish.url, requestHeaders(wish), connector, {
      onAnswer: ({ headers }, input) => {
        events.onStart(decodePathHeader(headers[PATH_HEADER]));
        return new FlvReader(input, events, wish.maxTagBytes);
      },
      onSlowed: () => events.onSlowed?.(),
      onEnd: (end) => events.onEnd(end),
    });
  }

  get receivedBytes(): number {
    return this.#request.receivedBytes;
  }

  ping(): void {}

  close(): void {
    this.#request.close();
  }
}
