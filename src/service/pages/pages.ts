import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpSettings } from '../../config/http-settings.ts';
import { type AccessGate, isChallenge, isRefusal } from '../../session/access.ts';
import type { PageVisitor } from '../../session/http/http-activity.ts';
import { pathOf } from '../../session/http/http-target.ts';
import { showing } from '../../session/http/http-wish.ts';
import {
  fileAnswer,
  freshHeaders,
  onlyLooking,
  type PageAnswer,
  sendAnswer,
  sentenceAnswer,
} from './page-answer.ts';
import { watchAssets } from './page-assets.ts';

/** A list of streams ends here; nobody reads on. */
const MAX_LISTED = 1000;

/** What the pages show. */
export interface PageSource {
  /** Of the relay or house. */
  readonly name: string;
  /** Where players ask first at which relay a stream is; undefined where the streams are here. */
  readonly resolveAt?: string;
  /** What plays recordings; undefined where there are none. */
  readonly playback?: object | undefined;
  /** Asked what of it somebody may see: what he may play. */
  readonly gate: AccessGate;
  /** Keys of the streams that are live. */
  liveStreams(): readonly string[] | Promise<readonly string[]>;
}

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
    const { method } = request;
    const page = this.#find(request, visitor);
    if (page === undefined) return false;
    const isLook = method === 'GET' || method === 'HEAD';
    sendAnswer(request, response, isLook ? await page() : onlyLooking(request));
    return true;
  }

  #find(
    request: IncomingMessage,
    visitor: PageVisitor,
  ): (() => PageAnswer | Promise<PageAnswer>) | undefined {
    const path = pathOf(request.url ?? '');
    const isRootOurs = this.#source.resolveAt === undefined; // a house has its status page there
    if (path === '/' && isRootOurs)
      return () => sentenceAnswer(302, 'the pages are at /watch', { location: '/watch' });
    if (path === '/robots.txt') return () => sentenceAnswer(200, robots, {});
    if (path === '/favicon.ico') return async () => fileAnswer(request, await watchAssets.get('icon.svg'));
    if (path === '/watch.json') return () => this.#list(request, visitor);
    if (path === '/watch' || path === '/watch/') return () => this.#page('list.html');
    const isRecording = path.startsWith('/watch/recordings/') && this.#source.playback !== undefined;
    if (isRecording) return () => this.#page('recorded/recording.html');
    if (path.startsWith('/watch/')) return () => this.#page('watch.html');
    const name = path.startsWith('/assets/') ? path.slice('/assets/'.length) : '';
    if (!watchAssets.has(name) || name.endsWith('.html')) return undefined;
    return async () => fileAnswer(request, await watchAssets.get(name));
  }

  /** A page as such is not kept: its address may hold what only its user should know. */
  async #page(name: string): Promise<PageAnswer> {
    const { contentType, plain } = await watchAssets.get(name);
    const { frameAncestors } = this.#settings;
    const headers = {
      ...freshHeaders(contentType),
      'content-security-policy': policy(frameAncestors, this.#source.resolveAt !== undefined),
      // for browsers without frame-ancestors; it has no words for other origins
      ...(frameAncestors.length === 0 ? { 'x-frame-options': 'SAMEORIGIN' } : {}),
    };
    const { resolveAt } = this.#source;
    const body = resolveAt === undefined ? plain.bytes : askingFirst(plain.bytes, resolveAt);
    return { status: 200, headers, body };
  }

  async #list(request: IncomingMessage, visitor: PageVisitor): Promise<PageAnswer> {
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

/** A page whose script asks there first where a stream is. */
function askingFirst(page: Buffer, resolveAt: string): string {
  return page.toString().replace('<body ', `<body data-resolve-at="${resolveAt}" `);
}

/** What a page may load: only what comes from here, and media from relays, where they have it; and whose pages may show it. */
function policy(frameAncestors: readonly string[], isFromRelays: boolean): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ws: wss:${isFromRelays ? ' http: https:' : ''}`,
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    ["frame-ancestors 'self'", ...frameAncestors].join(' '),
  ].join('; ');
}

function json(status: number, value: unknown): PageAnswer {
  return { status, headers: freshHeaders('application/json'), body: `${JSON.stringify(value)}\n` };
}
