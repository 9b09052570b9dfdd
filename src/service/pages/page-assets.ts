import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, posix, sep } from 'node:path';
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

const top = new URL('../../pages/', import.meta.url);
const library = 'mpegts.js';

/** The files of some pages, by their paths below the folder of all pages. No other file is ever read, whatever is asked for. */
export class PageAssets {
  /** In order. */
  readonly names: readonly string[];
  readonly #loaded = new Map<string, Promise<PageAsset>>();

  constructor(names: readonly string[]) {
    this.names = [...names].sort();
  }

  /** Whether this is the name of a file that is served. */
  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** Gives a file that is served, which is read and packed when it is first asked for. */
  get(name: string): Promise<PageAsset> {
    let asset = this.#loaded.get(name);
    if (asset === undefined) {
      asset = load(name);
      this.#loaded.set(name, asset);
      asset.catch(() => this.#loaded.delete(name)); // the next who asks may have more luck
    }
    return asset;
  }

  /** An etag, with its quotes, of all files together: it is another one as soon as one of them is. */
  async edition(): Promise<string> {
    const assets = await Promise.all(this.names.map((name) => this.get(name)));
    return `"${digestOf(assets.map(({ plain }) => plain.etag).join())}"`;
  }
}

/** Names of the files in a folder of the pages and in those below it, as far as browsers may have them. */
export function filesIn(folder: string, depth: 'itself' | 'all below'): string[] {
  return readdirSync(new URL(folder, top), { recursive: depth === 'all below', encoding: 'utf8' })
    .filter((name) => types.has(extname(name)))
    .map((name) => posix.join(folder, name.replaceAll(sep, '/')));
}

/** What the pages for viewers need. */
export const watchAssets: PageAssets = new PageAssets([
  library,
  ...filesIn('.', 'itself'),
  ...filesIn('players', 'itself'),
  ...filesIn('recorded', 'itself'),
]);

async function load(name: string): Promise<PageAsset> {
  const isLibrary = name === library;
  const bytes = await readFile(
    isLibrary ? createRequire(import.meta.url).resolve(library) : new URL(name, top),
  );
  const digest = digestOf(bytes);
  return {
    contentType: types.get(extname(name)) ?? '',
    cacheControl: isLibrary ? keepADay : askAgain,
    plain: { bytes, etag: `"${digest}"` },
    gzip: { bytes: await promisify(gzip)(bytes, { level: 9 }), etag: `"${digest}-gzip"` },
  };
}

function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}
