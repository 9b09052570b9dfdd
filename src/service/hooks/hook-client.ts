import type { Dispatcher, Pool } from 'undici';
import type { HookSettings } from '../../config/hooks/hook-settings.ts';
import { type HttpUrl, parseMediaUrl } from '../../media-url.ts';
import { clientOptions, originOf, ownHeaders } from '../../session/upstream/outgoing-http.ts';
import type { Connect } from '../../session/upstream/server-connector.ts';
import type { Clock } from '../../stream/clock.ts';
import { signatureHeaders } from './hook-signature.ts';

/** A connection that nothing goes over is closed after this, milliseconds. */
const KEEP_ALIVE_MS = 4000;

/** One request to a hook. */
export interface HookRequest {
  /** Names it, also when it is sent again. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
  /** Until the last byte of the answer, milliseconds; undefined for the hook's `timeoutMs`. */
  readonly timeoutMs?: number;
}

/** Why there is no whole answer: none in time, none at all, or one that is too large or no HTTP. */
export type HookFault = 'timeout' | 'connection' | 'answer';

/** What became of a request: an answer, be it one that is of no use, or none. */
export type HookReply =
  | {
      readonly is: 'answer';
      readonly status: number;
      /** Where a redirection leads, which is never followed; undefined where there is none. */
      readonly location: string | undefined;
      /** The body, taken as UTF-8. */
      readonly text: string;
    }
  | {
      readonly is: 'fault';
      readonly fault: HookFault;
      /** For people; holds nothing of the URL but its host and port. */
      readonly problem: string;
    };

/** What a client goes by. */
export type HookClientSettings = Pick<HookSettings, 'timeoutMs' | 'connections' | 'maxAnswerBytes'> & {
  readonly url: string;
  /** Undefined where requests are not signed. */
  readonly secret: string | undefined;
};

/** What a client needs of the relay. */
export interface HookClientHost {
  readonly clock: Clock;
  /** Opens its connections. */
  readonly connect: Connect;
}

/**
 * Sends requests to the server of one hook, over connections that it keeps: at most `connections` at a time, the others wait, and
 * whoever sends bounds how many. Each is sent once: whoever wants it sent again does so.
 */
export class HookClient {
  readonly #settings: HookClientSettings;
  readonly #host: HookClientHost;
  readonly #url: HttpUrl;
  /** Made for the first request: a relay without hooks does not load what it takes. */
  #pool: Promise<Pool> | undefined;

  /** @throws TypeError when the URL is none of HTTP */
  constructor(settings: HookClientSettings, host: HookClientHost) {
    const url = parseMediaUrl(settings.url);
    if (url?.protocol !== 'http') throw new TypeError('no URL of a hook');
    this.#settings = settings;
    this.#host = host;
    this.#url = url;
  }

  /**
   * Sends a request; resolves when there is an answer, or none can come any more.
   * @param signal - nobody waits any more: gives up, and rejects with the signal's reason
   */
  async send(request: HookRequest, signal?: AbortSignal): Promise<HookReply> {
    signal?.throwIfAborted();
    const { timeoutMs = this.#settings.timeoutMs } = request;
    const giveUp = new AbortController();
    const onAbort = (): void => giveUp.abort();
    signal?.addEventListener('abort', onAbort);
    let isLate = false;
    const stopWaiting = this.#host.clock.after(timeoutMs, () => {
      isLate = true;
      giveUp.abort();
    });
    try {
      this.#pool ??= this.#open();
      return await this.#exchange(await this.#pool, request, giveUp.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isLate) return { is: 'fault', fault: 'timeout', problem: `no whole answer within ${timeoutMs} ms` };
      return { is: 'fault', ...faultOf(error) };
    } finally {
      stopWaiting();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Sends nothing more; resolves when what was sent is answered, and every connection closed. */
  async close(): Promise<void> {
    const pool = await this.#pool;
    await pool?.close();
  }

  /** Cuts every connection. */
  destroy(): void {
    void this.#pool?.then((pool) => pool.destroy());
  }

  async #open(): Promise<Pool> {
    const { Pool } = await import('undici');
    const { connections, maxAnswerBytes } = this.#settings;
    return new Pool(originOf(this.#url), {
      ...clientOptions(this.#url, this.#host.connect),
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: maxAnswerBytes,
    });
  }

  async #exchange(
    pool: Pool,
    { id, contentType, body }: HookRequest,
    signal: AbortSignal,
  ): Promise<HookReply> {
    const answer = await pool.request({
      method: 'POST',
      path: this.#url.path,
      headers: {
        'content-type': contentType,
        ...ownHeaders(this.#url),
        ...signatureHeaders(this.#settings.secret, id, Date.now(), body),
      },
      body,
      signal,
    });
    if (Number(answer.headers['content-length'] ?? 0) > this.#settings.maxAnswerBytes) {
      answer.body.on('error', () => {}).destroy(); // and the connection with it
      return { is: 'fault', fault: 'answer', problem: TOO_LARGE };
    }
    const text = await answer.body.text();
    return { is: 'answer', status: answer.statusCode, location: locationOf(answer), text };
  }
}

function locationOf({ headers: { location } }: Dispatcher.ResponseData): string | undefined {
  return Array.isArray(location) ? location[0] : location;
}

const TOO_LARGE = 'its answer is too large';

/** By the code of undici's error, what is wrong with an answer. */
const answerProblems: Readonly<Record<string, string>> = {
  UND_ERR_RES_EXCEEDED_MAX_SIZE: TOO_LARGE,
  UND_ERR_HEADERS_OVERFLOW: 'the head of its answer is too large',
};

function faultOf(error: unknown): { readonly fault: HookFault; readonly problem: string } {
  const { code = '', name, message } = error as NodeJS.ErrnoException;
  const problem = answerProblems[code];
  if (problem !== undefined) return { fault: 'answer', problem };
  if (name === 'HTTPParserError') return { fault: 'answer', problem: `its answer is no HTTP (${message})` };
  return { fault: 'connection', problem: message };
}
