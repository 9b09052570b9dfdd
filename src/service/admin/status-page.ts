import type { IncomingMessage } from 'node:http';
import { fileAnswer, onlyLooking, type PageAnswer } from '../pages/page-answer.ts';
import { filesIn, PageAssets } from '../pages/page-assets.ts';

const icon = 'icon.svg';

/** Paths of the status page and of what belongs to it; a `*` stands for the rest of the path. */
export const statusPagePaths = ['/', '/favicon.ico', '/assets/*'] as const;

/** The page may load what comes from this server and nothing else, makes no markup of texts, and is shown inside of no other page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The status page of a service: it shows nothing by itself, and asks the API for what it shows. */
export class StatusPage {
  /** What it needs. */
  readonly assets: PageAssets;
  readonly #html: string;

  /** @param folder - of the files that only it needs, below that of all pages @param html - its name there */
  constructor(folder: string, html: string) {
    this.#html = `${folder}/${html}`;
    const files = ['console', folder].flatMap((each) => filesIn(each, 'all below'));
    this.assets = new PageAssets(['page.css', icon, ...files]);
  }

  /** Gives the page or a file of it; undefined where there is none. */
  async answer(request: IncomingMessage): Promise<PageAnswer | undefined> {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const name = this.#fileAt(path);
    if (name === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return onlyLooking(request);
    const asset = await this.assets.get(name);
    if (name !== this.#html) return fileAnswer(request, asset);
    // its etag is that of all files: the page asks whether the server that it has found again brings others
    const edition = await this.assets.edition();
    const answer = fileAnswer(request, {
      ...asset,
      plain: { ...asset.plain, etag: edition },
      gzip: { ...asset.gzip, etag: edition },
    });
    return {
      ...answer,
      headers: {
        ...answer.headers,
        'content-security-policy': policy,
        'cross-origin-opener-policy': 'same-origin',
      },
    };
  }

  #fileAt(path: string): string | undefined {
    if (path === '/') return this.#html;
    if (path === '/favicon.ico') return icon;
    const name = path.startsWith('/assets/') ? path.slice('/assets/'.length) : '';
    return this.assets.has(name) && name !== this.#html ? name : undefined;
  }
}

/** That of a relay. */
export const relayPage: StatusPage = new StatusPage('status', 'status.html');
