import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpSettings } from '../../../config/http-settings.ts';
import { type AccessGate, isChallenge, isRefusal } from '../../../session/access.ts';
import type { PageVisitor } from '../../../session/http/http-activity.ts';
import { pathOf } from '../../../session/http/http-target.ts';
import { showing } from '../../../session/http/http-wish.ts';
import { isPageAsset, type PageAsset, pageAsset } from './page-assets.ts';

/** A list of streams ends here; nobody reads on. */
const MAX_LISTED = 1000;

/** What the pages show. */
export interface PageSource {
  /** The relay's name. */
  readonly name: string;
  /** Asked what of it somebody may see: what he may play. */
  readonly gate: AccessGate;
  /** Keys of the streams that are live. */
  liveStreams(): readonly string[] | Promise<readonly string[]>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

const safety = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/** A crawler that opened every page would be a player of every stream, and there is nothing to be found in a picture. */
const robots = 'User-agent: *\nDisallow: /';

/**
 * The pages for people: `/watch/app/name` plays a stream, `/watch` lists those that are live (its data is `/watch.json`), and
 * `/assets/` has what both need. A path is looked up in a table and never becomes a file's.
 */
export class Pages {
  readonly #source: PageSource;
  #settings: HttpSettings;

  constructor(source: PageSource, settings: HttpSettings) {
    this.#source = source;
    this.#settings = settings;
  }

  /** Takes new settings over. */
  configure(settings: HttpSettings): void {
    this.#settings = settings;
  }

  /** Answers a request. @returns false when there is no page at its path */
  async answer(request: IncomingMessage, response: ServerResponse, visitor: PageVisitor): Promise<boolean> {
    const { method, headers } = request;
    const page = this.#find(request, visitor);
    if (page === undefined) return false;
    if (method === 'GET' || method === 'HEAD') {
      send(request, response, await page());
    } else {
      const isUnread = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
      const only = { allow: 'GET, HEAD', ...(isUnread ? { connection: 'close' } : {}) };
      send(request, response, sentence(405, 'only GET and HEAD are supported here', only));
    }
    return true;
  }

  #find(request: IncomingMessage, visitor: PageVisitor): (() => Answer | Promise<Answer>) | undefined {
    const path = pathOf(request.url ?? '');
    if (path === '/') return () => sentence(302, 'the pages are at /watch', { location: '/watch' });
    if (path === '/robots.txt') return () => sentence(200, robots, {});
    if (path === '/favicon.ico') return async () => fileAnswer(request, await pageAsset('icon.svg'));
    if (path === '/watch.json') return () => this.#list(request, visitor);
    if (path === '/watch' || path === '/watch/') return () => this.#page('list.html');
    if (path.startsWith('/watch/')) return () => this.#page('watch.html');
    const name = path.startsWith('/assets/') ? path.slice('/assets/'.length) : '';
    if (!isPageAsset(name) || name.endsWith('.html')) return undefined;
    return async () => fileAnswer(request, await pageAsset(name));
  }

  /** A page as such is not kept: its address may hold what only its user should know. */
  async #page(name: string): Promise<Answer> {
    const { contentType, plain } = await pageAsset(name);
    const { frameAncestors } = this.#settings;
    const headers = {
      ...fresh(contentType),
      'content-security-policy': policy(frameAncestors),
      // for browsers without frame-ancestors; it has no words for other origins
      ...(frameAncestors.length === 0 ? { 'x-frame-options': 'SAMEORIGIN' } : {}),
    };
    return { status: 200, headers, body: plain.bytes };
  }

  async #list(request: IncomingMessage, visitor: PageVisitor): Promise<Answer> {
    if (!this.#settings.listStreams) return json(403, { problem: 'not listed' });
    const live = [...(await this.#source.liveStreams())].sort();
    const more = Math.max(0, live.length - MAX_LISTED);
    // one question about all of them; nothing is taken for a look, so nobody need hear that whoever asked has left
    const { signal } = new AbortController();
    const [, query = ''] = (request.url ?? '').split('?', 2);
    const asker = visitor.request('play', { readings: [], ...showing(request), path: [] }, 'look');
    const asked = live.slice(0, MAX_LISTED).map(async (key) => {
      const question = { ...asker, readings: [{ key, query }], protocol: 'http', session: '' };
      const verdict = await this.#source.gate.ask(question, signal);
      return isRefusal(verdict) || isChallenge(verdict) ? [] : key;
    });
    const streams = (await Promise.all(asked)).flat();
    if (live.length > 0 && streams.length === 0) return json(403, { problem: 'no access' });
    return json(200, { name: this.#source.name, streams, more });
  }
}

/** What a page may load: only what comes from this relay; and whose pages may show it. */
function policy(frameAncestors: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self' ws: wss:",
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    ["frame-ancestors 'self'", ...frameAncestors].join(' '),
  ].join('; ');
}

function fileAnswer({ headers }: IncomingMessage, asset: PageAsset): Answer {
  const isPacked = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(
    String(headers['accept-encoding'] ?? ''),
  );
  const { bytes, etag } = isPacked ? asset.gzip : asset.plain;
  const common = { etag, 'cache-control': asset.cacheControl, vary: 'accept-encoding', ...safety };
  if (isSame(headers['if-none-match'], etag)) return { status: 304, headers: common, body: '' };
  const coding = isPacked ? { 'content-encoding': 'gzip' } : {};
  return { status: 200, headers: { 'content-type': asset.contentType, ...coding, ...common }, body: bytes };
}

/** @see RFC 9110 section 13.1.2 */
function isSame(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

function json(status: number, value: unknown): Answer {
  return { status, headers: fresh('application/json'), body: `${JSON.stringify(value)}\n` };
}

function sentence(status: number, text: string, more: Readonly<Record<string, string>>): Answer {
  return { status, headers: { ...fresh('text/plain; charset=utf-8'), ...more }, body: `${text}\n` };
}

/** Headers of what is made anew for everybody who asks. */
function fresh(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'cache-control': 'no-store', ...safety };
}

function send({ method }: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer;
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(method === 'HEAD' ? undefined : body);
}
