import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A version of an object, or a delete marker where it has no body. */
interface Version {
  readonly key: string;
  readonly id: string;
  readonly body: Buffer | undefined;
}

/**
 * A bucket that keeps every version of its objects, as S3 does when that is switched on, in memory and for any credentials. It knows
 * what deleting needs, and lists two versions at a time.
 */
export class VersionedBucket implements AsyncDisposable {
  /** The newest first. */
  versions: readonly Version[] = [];
  #count = 0;
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<VersionedBucket> {
    const bucket = new VersionedBucket();
    await bucket.restart();
    return bucket;
  }

  /** Comes back after its end, where it was before. */
  async restart(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const body = await buffer(request);
    if (searchParams.has('versions')) return this.#list(searchParams, response);
    const id = searchParams.get('versionId');
    const newest = this.versions.find((version) => version.key === key);
    switch (request.method) {
      case 'PUT':
        this.#add(key, body);
        return void response.writeHead(200, { etag: `"${hash('md5', body)}"` }).end();
      case 'DELETE':
        if (id === null) this.#add(key, undefined);
        else this.versions = this.versions.filter((each) => each.key !== key || each.id !== id);
        return void response.writeHead(204, id === null ? { 'x-amz-delete-marker': 'true' } : {}).end();
      default:
        if (newest?.body === undefined) return void response.writeHead(404).end();
        response.setHeader('etag', `"${hash('md5', newest.body)}"`);
        return this.#give(request, response, newest.body);
    }
  }

  #give({ method, headers: { range = '' } }: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const piece = from === undefined ? body : body.subarray(Number(from), Number(to) + 1);
    if (from !== undefined) response.setHeader('content-range', `bytes ${from}-${to}/${body.length}`);
    response.writeHead(from === undefined ? 200 : 206, { 'content-length': piece.length });
    response.end(method === 'HEAD' ? undefined : piece);
  }

  #add(key: string, body: Buffer | undefined): void {
    this.#count += 1;
    this.versions = [{ key, id: `v${this.#count}`, body }, ...this.versions];
  }

  /** By key, and of each the newest first. */
  #list(asked: URLSearchParams, response: ServerResponse): void {
    const prefix = asked.get('prefix') ?? '';
    const all = this.versions
      .filter(({ key }) => key.startsWith(prefix))
      .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
    const marker = asked.get('version-id-marker');
    const from = all.findIndex(({ id, key }) => id === marker && key === asked.get('key-marker')) + 1;
    const page = all.slice(from, from + 2);
    const entries = page.map(({ key, id, body }) => {
      const name = body === undefined ? 'DeleteMarker' : 'Version';
      const isLatest = this.versions.find((version) => version.key === key)?.id === id;
      return `<${name}><Key>${encodeURIComponent(key)}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest></${name}>`;
    });
    const isTruncated = from + 2 < all.length;
    const last = page.at(-1);
    const next = isTruncated
      ? `<NextKeyMarker>${encodeURIComponent(last?.key ?? '')}</NextKeyMarker><NextVersionIdMarker>${last?.id}</NextVersionIdMarker>`
      : '';
    response.end(
      `<?xml version="1.0"?><ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${next}${entries.join('')}</ListVersionsResult>`,
    );
  }
}
