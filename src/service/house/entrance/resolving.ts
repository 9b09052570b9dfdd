import type { IncomingMessage, ServerResponse } from 'node:http';
import { QueryParameters, withoutParameters } from '../../../credentials/query-parameters.ts';
import { ProtocolError } from '../../../errors.ts';
import { isChallenge, isRefusal, type Refusal } from '../../../session/access.ts';
import type { PageVisitor } from '../../../session/http/http-activity.ts';
import type { HttpOrigins } from '../../../session/http/http-origins.ts';
import {
  denialHeaders,
  type HeaderFields,
  sentenceHeaders,
  statusOf,
} from '../../../session/http/http-status.ts';
import { pathOf } from '../../../session/http/http-target.ts';
import { showing } from '../../../session/http/http-wish.ts';
import { parseStreamKey } from '../../../stream/stream-key.ts';
import { type NamedWay, wayNames } from '../choosing/choice.ts';
import type { SendingGate } from './sending-gate.ts';

/** Where players ask at which relay a stream is. */
export const RESOLVE_PATH = '/api/v1/resolve';

/** What the query says to the house; all else is the stream's. */
const parameters: ReadonlySet<string> = new Set(['stream', 'protocol', 'address']);

/** What is asked for. */
interface ResolveWish {
  readonly stream: string;
  readonly way: NamedWay;
  readonly query: string;
}

/** Answers `GET /api/v1/resolve?stream=KEY&protocol=WAY`: `{"relay", "url", "expiresInMs"}`, by the rights of whoever asks. */
export class Resolving {
  readonly #gate: Pick<SendingGate, 'resolve'>;
  readonly #origins: Pick<HttpOrigins, 'headers' | 'preflightHeaders'>;

  constructor(
    gate: Pick<SendingGate, 'resolve'>,
    origins: Pick<HttpOrigins, 'headers' | 'preflightHeaders'>,
  ) {
    this.#gate = gate;
    this.#origins = origins;
  }

  /** @returns false when something else is asked for, or an operator asks for somebody */
  async answer(request: IncomingMessage, response: ServerResponse, visitor: PageVisitor): Promise<boolean> {
    const { method = '', url = '', headers } = request;
    if (pathOf(url) !== RESOLVE_PATH) return false;
    const query = url.slice(url.indexOf('?') + 1);
    if (url.includes('?') && new QueryParameters(query).has('address')) return false;
    if (method === 'OPTIONS') {
      response
        .writeHead(204, { allow: 'GET, HEAD', ...this.#origins.preflightHeaders(headers.origin) })
        .end();
      return true;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(); // an answer that was taken waits for nobody
    });
    const { status, body, more = {} } = await this.#answerTo(request, query, visitor, gone.signal);
    if (gone.signal.aborted) return true;
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      ...sentenceHeaders(status, text),
      'content-type': 'application/json',
      ...this.#origins.headers(headers.origin),
      ...more,
    });
    response.end(method === 'HEAD' ? undefined : text);
    return true;
  }

  async #answerTo(
    request: IncomingMessage,
    query: string,
    visitor: PageVisitor,
    signal: AbortSignal,
  ): Promise<ResolveAnswer> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { ...problem(405, 'method-not-allowed', 'ask by GET'), more: { allow: 'GET, HEAD' } };
    const wish = readWish(query);
    if (typeof wish === 'string') return problem(400, 'bad-request', wish);
    const readings = [{ key: wish.stream, query: wish.query }];
    const intent = request.method === 'HEAD' ? 'look' : 'begin';
    const asked = visitor.request('play', { readings, ...showing(request), path: [] }, intent);
    const found = await this.#gate.resolve(asked, wish.way, signal);
    if (!isRefusal(found) && !isChallenge(found)) return { status: 200, body: found };
    const status = statusOf(found, 'play');
    const code = isRefusal(found) ? found.refused : 'credentials';
    return { ...problem(status, code, found.description), more: denialHeaders(found) };
  }
}

interface ResolveAnswer {
  readonly status: number;
  readonly body: object;
  readonly more?: HeaderFields;
}

/** What is asked for, or what is wrong with it. */
function readWish(query: string): ResolveWish | string {
  const asked = new QueryParameters(query);
  const twice = [...parameters].find((name) => asked.isDuplicated(name));
  if (twice !== undefined) return `${twice} stands there more than once`;
  const way = wayNames.find((name) => name === asked.get('protocol'));
  if (way === undefined) return `expected protocol= with one of ${wayNames.join(', ')}`;
  const stream = asked.get('stream');
  if (stream === undefined) return 'expected stream= with the key of a stream, such as live/cam1';
  try {
    const [reading] = parseStreamKey(stream, '');
    const own = withoutParameters(query, parameters);
    return { stream: reading?.key ?? '', way, query: [reading?.query, own].filter(Boolean).join('&') };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.message;
  }
}

function problem(
  status: number,
  error: Refusal['refused'] | 'bad-request' | 'method-not-allowed',
  message: string,
): ResolveAnswer {
  return { status, body: { error, message } };
}
