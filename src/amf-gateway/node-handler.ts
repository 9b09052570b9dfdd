import type { AmfGateway } from './amf-gateway.ts';
import {
  answerHeaders,
  expectPacket,
  type GatewayHttpOptions,
  readPacket,
  refusalHeaders,
  refusalOf,
} from './gateway-http.ts';

/** What is used of a request of `node:http`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
}

/** What is used of an answer of `node:http`. */
export interface NodeResponse {
  readonly writableFinished: boolean;
  /** Sends status and headers. */
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Sends the body, and ends the answer. */
  end(body: Uint8Array | string): unknown;
  /** Tells when the connection is done with the answer, or closed. */
  once(event: 'close', listener: () => void): unknown;
}

/** What a handler of requests is told by whoever makes it. */
export interface NodeHandlerOptions<Client, Request extends NodeRequest> extends GatewayHttpOptions {
  /** Who calls. */
  readonly clientOf: (request: Request) => Client;
}

/**
 * Makes what answers requests of `node:http` or `node:https`, wherever the caller's routes lead to it. As with `answerRequest`, pages
 * of other origins can call nothing.
 * @returns a function that resolves once the answer is on its way, and rejects on a fault of the server's own
 *
 * ```ts
 * createServer(nodeHandler(gateway, { clientOf: (request) => request.socket.remoteAddress }));
 * ```
 */
export function nodeHandler<Client, Request extends NodeRequest>(
  gateway: AmfGateway<Client>,
  options: NodeHandlerOptions<Client, Request>,
): (request: Request, response: NodeResponse) => Promise<void> {
  return async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      const { method, headers } = request;
      const contentType = String(headers['content-type'] ?? '');
      expectPacket({ method, contentType, contentLength: String(headers['content-length'] ?? '') }, options);
      const packet = await readPacket(request, options);
      const answer = await gateway.answer(packet, options.clientOf(request), gone.signal);
      response.writeHead(200, { ...answerHeaders, 'content-length': String(answer.length) });
      response.end(answer);
    } catch (error) {
      if (gone.signal.aborted) return;
      const refusal = refusalOf(error);
      const status = refusal?.status ?? 500;
      const more = refusal === undefined ? {} : refusalHeaders(refusal);
      const type = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
      response.writeHead(status, { ...type, connection: 'close', ...more }); // a body may be unread
      response.end(`${refusal?.message ?? 'the server has failed'}\n`);
      if (refusal === undefined) throw error;
    }
  };
}
