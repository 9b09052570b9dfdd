import type { HttpSettings } from '../../config/http-settings.ts';
import type { Refusal } from '../access.ts';

/** How long a browser may remember what a preflight request was told, seconds. */
const PREFLIGHT_SECONDS = 600;

/** The settings that name origins. */
export type OriginSettings = Pick<HttpSettings, 'corsOrigins' | 'publishOrigins'>;

/** Decides what web pages of which origins may do. Whoever sends no Origin is no web page. */
export class HttpOrigins {
  #settings: OriginSettings;

  constructor(settings: OriginSettings) {
    this.#settings = settings;
  }

  /** Takes new settings over. */
  configure(settings: OriginSettings): void {
    this.#settings = settings;
  }

  /**
   * Whether a page may play. For WebSocket, where the browser leaves the decision to the server.
   * @param host - the Host that the request was sent to: a page of the relay itself may always play
   */
  mayPlay(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#settings.corsOrigins.includes('*')) return true;
    return this.#settings.corsOrigins.includes(origin) || isSameHost(origin, host);
  }

  /** Why a page may not publish; undefined where it may, or it is none. */
  refusalOfPublisher(origin: string | undefined): Refusal | undefined {
    return this.#refusal(origin, 'publish');
  }

  /** Why a page may not call methods; undefined where it may, or it is none. */
  refusalOfCaller(origin: string | undefined): Refusal | undefined {
    return this.#refusal(origin, 'call anything');
  }

  #refusal(origin: string | undefined, doing: string): Refusal | undefined {
    if (origin === undefined || this.#settings.publishOrigins.includes(origin)) return undefined;
    const description = `pages from ${origin} may not ${doing}: http.publishOrigins of the server does not list this origin`;
    return { refused: 'access', description };
  }

  /** The headers of an answer that let the page read it. */
  headers(origin: string | undefined): Record<string, string> {
    const { corsOrigins, publishOrigins } = this.#settings;
    if (corsOrigins.includes('*')) return { 'access-control-allow-origin': '*' };
    const isListed = origin !== undefined && [...corsOrigins, ...publishOrigins].includes(origin);
    return { vary: 'origin', ...(isListed ? { 'access-control-allow-origin': origin } : {}) };
  }

  /** The headers of an answer to a preflight request. */
  preflightHeaders(origin: string | undefined): Record<string, string> {
    const headers = this.headers(origin);
    if (headers['access-control-allow-origin'] === undefined || origin === undefined) return headers;
    return {
      ...headers,
      'access-control-allow-methods':
        this.refusalOfPublisher(origin) === undefined ? 'GET, HEAD, POST, PUT' : 'GET, HEAD',
      'access-control-allow-headers': 'content-type, range',
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    };
  }
}

function isSameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
