import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file that browsers are given. */
export interface PageAsset {
  readonly contentType: string;
  /** What a browser may do with its copy. */
  readonly cacheControl: string;
  readonly plain: PageBytes;
  readonly gzip: PageBytes;
}

/** A file in one content coding. */
export interface PageBytes {
  readonly bytes: Buffer;
  /** With its quotes; another one in each coding. @see RFC 9110 section 8.8.3 */
  readonly etag: string;
}

/** Browsers ask each time whether their copy is the latest: pages and scripts belong together. */
const askAgain = 'no-cache';
const keepADay = 'public, max-age=86400';

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** The files in `src/pages` that are served. */
const ownFiles = [
  'watch.html',
  'watch.js',
  'list.html',
  'list.js',
  'connection.js',
  'facts.js',
  'flv-probe.js',
  'live-edge.js',
  'meter.js',
  'notices.js',
  'picture.js',
  'stage.js',
  'page.css',
  'watch.css',
  'list.css',
  'icon.svg',
] as const;

/** The name of a file that is served. */
export type PageAssetName = (typeof ownFiles)[number] | 'mpegts.js';

const loaded = new Map<PageAssetName, Promise<PageAsset>>();

/** Whether this is the name of a file that is served; no other is ever read. */
export function isPageAsset(name: string): name is PageAssetName {
  return name === 'mpegts.js' || (ownFiles as readonly string[]).includes(name);
}

/** Gives a file, which is read and packed when it is first asked for. */
export function pageAsset(name: PageAssetName): Promise<PageAsset> {
  let asset = loaded.get(name);
  if (asset === undefined) {
    asset = load(name);
    loaded.set(name, asset);
    asset.catch(() => loaded.delete(name)); // the next who asks may have more luck
  }
  return asset;
}

async function load(name: PageAssetName): Promise<PageAsset> {
  const isLibrary = name === 'mpegts.js';
  const place = isLibrary
    ? createRequire(import.meta.url).resolve('mpegts.js')
    : new URL(`../../../pages/${name}`, import.meta.url);
  const bytes = await readFile(place);
  const packed = await promisify(gzip)(bytes, { level: 9 });
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    contentType: types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types],
    cacheControl: isLibrary ? keepADay : askAgain,
    plain: { bytes, etag: `"${digest}"` },
    gzip: { bytes: packed, etag: `"${digest}-gzip"` },
  };
}
