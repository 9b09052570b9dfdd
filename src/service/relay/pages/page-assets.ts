import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file that browsers are given; each content coding has an etag of its own, with its quotes. @see RFC 9110 section 8.8.3 */
export interface PageAsset {
  readonly contentType: string;
  /** What a browser may do with its copy. */
  readonly cacheControl: string;
  readonly plain: { readonly bytes: Buffer; readonly etag: string };
  readonly gzip: { readonly bytes: Buffer; readonly etag: string };
}

/** Browsers ask each time whether their copy is the latest: pages and scripts belong together. */
const askAgain = 'no-cache';
const keepADay = 'public, max-age=86400';

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

const folder = new URL('../../../pages/', import.meta.url);
const library = 'mpegts.js';
const served = new Set([library, ...readdirSync(folder).filter((name) => types.has(extname(name)))]);
const loaded = new Map<string, Promise<PageAsset>>();

/** Whether this is the name of a file that is served; no other is ever read. */
export function isPageAsset(name: string): boolean {
  return served.has(name);
}

/** Gives a file that is served, which is read and packed when it is first asked for. */
export function pageAsset(name: string): Promise<PageAsset> {
  let asset = loaded.get(name);
  if (asset === undefined) {
    asset = load(name);
    loaded.set(name, asset);
    asset.catch(() => loaded.delete(name)); // the next who asks may have more luck
  }
  return asset;
}

async function load(name: string): Promise<PageAsset> {
  const isLibrary = name === library;
  const bytes = await readFile(
    isLibrary ? createRequire(import.meta.url).resolve(library) : new URL(name, folder),
  );
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    contentType: types.get(extname(name)) ?? '',
    cacheControl: isLibrary ? keepADay : askAgain,
    plain: { bytes, etag: `"${digest}"` },
    gzip: { bytes: await promisify(gzip)(bytes, { level: 9 }), etag: `"${digest}-gzip"` },
  };
}
