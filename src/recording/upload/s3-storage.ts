import type { ObjectFacts, ObjectPage, ObjectStorage, ObjectStorageError } from './object-storage.ts';
import { childrenOf, errorCodeOf, readXml, textOf, type XmlElement, xmlText } from './s3-answer.ts';
import type { S3Answer, S3Client } from './s3-client.ts';

/** Versions of one object that are deleted at most: more than that, and somebody else writes it. */
const MAX_VERSIONS = 100_000;

/** A storage may take so long to join the parts of an object, milliseconds. */
const JOIN_MS = 600_000;

/** A version of an object, or the mark that it was deleted. */
interface ObjectVersion {
  readonly id: string;
  readonly isLatest: boolean;
}

/** The bucket of an S3-compatible storage. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ */
export class S3Storage implements ObjectStorage {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    this.#client = client;
  }

  get shown(): string {
    return this.#client.shown;
  }

  async put(key: string, body: Uint8Array, signal?: AbortSignal): Promise<string> {
    const answer = await this.#client.send({ method: 'PUT', key, body, statuses: [200], headers, signal });
    return this.#etagOf(answer);
  }

  async beginParts(key: string, signal?: AbortSignal): Promise<string> {
    const answer = await this.#client.send({
      method: 'POST',
      key,
      query: { uploads: '' },
      headers,
      statuses: [200],
      signal,
    });
    const upload = textOf(this.#read(answer, 'InitiateMultipartUploadResult'), 'UploadId');
    if (upload === undefined || upload === '') throw this.#senseless('an upload without a name');
    return upload;
  }

  async putPart(
    key: string,
    upload: string,
    number: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<string> {
    const query = { partNumber: `${number}`, uploadId: upload };
    const answer = await this.#client.send({ method: 'PUT', key, query, body, statuses: [200], signal });
    return this.#etagOf(answer);
  }

  async completeParts(
    key: string,
    upload: string,
    etags: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const parts = etags.map(
      (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>"${xmlText(etag)}"</ETag></Part>`,
    );
    const answer = await this.#client.send({
      method: 'POST',
      key,
      query: { uploadId: upload },
      body: Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`),
      headers: { 'content-type': 'application/xml' },
      statuses: [200],
      answerMs: JOIN_MS,
      signal,
    });
    const code = errorCodeOf(answer.body.toString()); // the status was sent before it was known
    if (code !== undefined) throw this.#client.fault('unreachable', `its answer is ${code}`);
  }

  async abandonParts(key: string, upload: string): Promise<void> {
    const query = { uploadId: upload };
    await this.#client.send({ method: 'DELETE', key, query, statuses: [200, 204, 404, ...UNKNOWN] });
  }

  async unfinishedParts(key: string, signal?: AbortSignal): Promise<readonly string[]> {
    const query = { uploads: '', prefix: key };
    const statuses = [200, ...UNKNOWN];
    const answer = await this.#client.send({ method: 'GET', key: '', query, statuses, signal });
    if (answer.status !== 200) return [];
    return childrenOf(this.#read(answer, 'ListMultipartUploadsResult'), 'Upload')
      .filter((upload) => textOf(upload, 'Key') === key)
      .map((upload) => textOf(upload, 'UploadId') ?? '');
  }

  async facts(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined> {
    const answer = await this.#client.send({ method: 'HEAD', key, statuses: [200, 404], signal });
    if (answer.status === 404) return undefined;
    const { 'content-length': length = '' } = answer.headers;
    if (!/^\d{1,15}$/.test(length)) throw this.#senseless('an object without a length');
    return { bytes: Number(length), etag: this.#etagOf(answer) };
  }

  async read(
    key: string,
    offset: number,
    length: number,
    etag?: string,
    signal?: AbortSignal,
  ): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const last = offset + length - 1;
    const answer = await this.#client.send({
      method: 'GET',
      key,
      headers: {
        range: `bytes=${offset}-${last}`,
        ...(etag === undefined ? {} : { 'if-match': `"${etag}"` }),
      },
      statuses: [206],
      maxAnswerBytes: length,
      signal,
    });
    const { headers, body } = answer;
    if (etag !== undefined && this.#etagOf(answer) !== etag)
      throw this.#senseless('another object of the same name');
    const { 'content-range': range = '' } = headers;
    if (!range.startsWith(`bytes ${offset}-${last}/`) || body.length !== length)
      throw this.#senseless('other bytes than those that were asked for');
    return body;
  }

  async readWhole(key: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
    const answer = await this.#client.send({
      method: 'GET',
      key,
      statuses: [200],
      maxAnswerBytes: maxBytes,
      signal,
    });
    return answer.body;
  }

  async list(prefix: string, after?: string, signal?: AbortSignal): Promise<ObjectPage> {
    const query = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix,
      ...(after === undefined ? {} : { 'continuation-token': after }),
    };
    const answer = await this.#client.send({ method: 'GET', key: '', query, statuses: [200], signal });
    const result = this.#read(answer, 'ListBucketResult');
    const isEncoded = textOf(result, 'EncodingType') === 'url';
    const keys = childrenOf(result, 'Contents').map((entry) => {
      const key = textOf(entry, 'Key') ?? '';
      return isEncoded ? this.#decoded(key) : key;
    });
    const next = textOf(result, 'IsTruncated') === 'true' ? textOf(result, 'NextContinuationToken') : null;
    if (next === undefined || next === after) throw this.#senseless('a list that does not go on');
    return { keys, next };
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    for (const { id } of await this.#versionsOf(key, signal)) await this.#deleteVersion(key, id, signal);
  }

  async deleteOlder(key: string, signal?: AbortSignal): Promise<void> {
    for (const { id, isLatest } of await this.#versionsOf(key, signal))
      if (!isLatest) await this.#deleteVersion(key, id, signal);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #deleteVersion(key: string, id: string, signal: AbortSignal | undefined): Promise<void> {
    const query: Readonly<Record<string, string>> = id === '' ? {} : { versionId: id };
    const answer = await this.#client.send({
      method: 'DELETE',
      key,
      query,
      statuses: [200, 204, 404],
      signal,
    });
    if (id === '' && answer.headers['x-amz-delete-marker'] === 'true')
      throw this.#senseless('a delete marker, and does not tell which versions there are');
  }

  /** All versions and delete markers of an object; one without a name where the storage knows of no versions. */
  async #versionsOf(key: string, signal: AbortSignal | undefined): Promise<readonly ObjectVersion[]> {
    const found: ObjectVersion[] = [];
    let markers: Readonly<Record<string, string>> = {};
    for (;;) {
      const query = { versions: '', 'encoding-type': 'url', prefix: key, ...markers };
      const statuses = [200, ...UNKNOWN];
      const answer = await this.#client.send({ method: 'GET', key: '', query, statuses, signal });
      if (answer.status !== 200) return [{ id: '', isLatest: true }];
      const result = this.#read(answer);
      if (result.name === 'ListBucketResult') return [{ id: '', isLatest: true }]; // it has not understood `versions`
      if (result.name !== 'ListVersionsResult') throw this.#senseless('no list of versions');
      const isEncoded = textOf(result, 'EncodingType') === 'url';
      const decode = (text: string): string => (isEncoded ? this.#decoded(text) : text);
      const own = [...childrenOf(result, 'Version'), ...childrenOf(result, 'DeleteMarker')].filter(
        (entry) => decode(textOf(entry, 'Key') ?? '') === key,
      );
      for (const entry of own)
        found.push({
          id: textOf(entry, 'VersionId') ?? '',
          isLatest: textOf(entry, 'IsLatest') === 'true',
        });
      const keyMarker = decode(textOf(result, 'NextKeyMarker') ?? '');
      // other objects whose names begin with this one's come behind it
      if (textOf(result, 'IsTruncated') !== 'true' || keyMarker > key) return found;
      const next = {
        'key-marker': keyMarker,
        'version-id-marker': textOf(result, 'NextVersionIdMarker') ?? '',
      };
      if (found.length > MAX_VERSIONS || isSame(next, markers))
        throw this.#senseless('a list of versions that does not end');
      markers = next;
    }
  }

  #read({ body }: S3Answer, name?: string): XmlElement {
    try {
      const root = readXml(body.toString());
      if (name === undefined || root.name === name) return root;
    } catch (error) {
      throw this.#client.fault('answer', `its answer cannot be read: ${(error as Error).message}`, error);
    }
    throw this.#client.fault('answer', `its answer is no ${name}`);
  }

  #etagOf({ headers: { etag = '' } }: S3Answer): string {
    if (etag.length > 256) throw this.#senseless('an ETag that is too long');
    return unquoted(etag);
  }

  #decoded(text: string): string {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw this.#senseless('a key that cannot be read');
    }
  }

  #senseless(what: string): ObjectStorageError {
    return this.#client.fault('answer', `it answers with ${what}`);
  }
}

/** Answers of a storage that does not know what it is asked for. */
const UNKNOWN = [405, 501];

const headers = { 'content-type': 'application/octet-stream' };

function unquoted(etag: string): string {
  return etag.replace(/^(?:W\/)?"?(.*?)"?$/, '$1');
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
