import type { IncomingMessage } from 'node:http';
import { fileAnswer, onlyLooking, type PageAnswer } from '../pages/page-answer.ts';
import { filesIn, PageAssets } from '../pages/page-assets.ts';

const page = 'status/status.html';
const icon = 'icon.svg';
/** What the status page needs. */
export const statusAssets: PageAssets = new PageAssets([
  ...['page.css', icon],
  ...[...filesIn('console', 'all below'), ...filesIn('status', 'all below')],
]);

/** Paths of the status page and of what belongs to it; a `*` stands for the rest of the path. */
export const statusPagePaths = ['/', '/favicon.ico', '/assets/*'] as const;

/** The page may load what comes from this relay and nothing else, makes no markup of texts, and is shown inside of no other page. */
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

/** Gives the status page or a file of it, which show nothing of the relay: what they show they ask the API for. Undefined where there is none. */
export async function statusPageAnswer(request: IncomingMessage): Promise<PageAnswer | undefined> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const name = fileAt(path);
  if (name === undefined) return undefined;
  if (request.method !== 'GET' && request.method !== 'HEAD') return onlyLooking(request);
  const asset = await statusAssets.get(name);
  if (name !== page) return fileAnswer(request, asset);
  // its etag is that of all files: the page asks whether the relay that it has found again brings others
  const edition = await statusAssets.edition();
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

function fileAt(path: string): string | undefined {
  if (path === '/') return page;
  if (path === '/favicon.ico') return icon;
  const name = path.startsWith('/assets/') ? path.slice('/assets/'.length) : '';
  return statusAssets.has(name) && name !== page ? name : undefined;
}
