import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AwsV4Signer } from 'aws4fetch';
import { type Dispatcher, Pool } from 'undici';
import type { AccessKey } from '../../credentials/storage/access-key.ts';
import type { HttpUrl } from '../../media-url.ts';
import { parseMediaUrl } from '../../media-url.ts';
import { clientOptions, originOf, ownHeaders } from '../../session/upstream/outgoing-http.ts';
import type { Connect } from '../../session/upstream/server-connector.ts';
import type { Clock } from '../../stream/clock.ts';
import { type ByteRate, pacedPieces } from './byte-rate.ts';
import { ObjectStorageError, type ObjectStorageFault } from './object-storage.ts';
import { errorCodeOf } from './s3-answer.ts';

/** Nothing may move for so long while a request is sent, or until its answer begins, milliseconds. */
const SILENCE_MS = 30_000;

/** The rest of an answer may take so long, unless a request says otherwise, milliseconds. */
const ANSWER_MS = 30_000;

/** A connection that nothing goes over is closed after this, milliseconds. */
const KEEP_ALIVE_MS = 4000;

/** Uploads, reads and all the rest: whoever sends bounds how many there are. */
const MAX_CONNECTIONS = 32;

/** An answer that is read has at most so many bytes: a list of a thousand keys, each as long as keys can be. */
const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/** Where a bucket is. */
export interface BucketPlace {
  /** http:// or https:// URL of the storage, without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Whether the bucket is named in the path, and not in the host name. */
  readonly forcePathStyle: boolean;
}

/** What a client needs of whoever has it. */
export interface S3ClientHost {
  readonly clock: Clock;
  readonly connect: Connect;
  /** Asked again after each refusal. @throws Error */
  accessKey(): AccessKey;
  /** What uploads share; undefined: no limit. */
  readonly rate?: ByteRate | undefined;
}

/** One request. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of an object; empty for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Answers of these statuses are given, with as much of a body as they may have; any other is an error. */
  readonly statuses: readonly number[];
  readonly maxAnswerBytes?: number;
  /** How long the answer may take, from when all is sent to its end, milliseconds. */
  readonly answerMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface S3Answer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Sends signed requests to the bucket of an S3-compatible storage, each once. What goes up is signed with its hash, so that the storage
 * can tell it whole. Redirections are not followed: a signature is for nobody else.
 */
export class S3Client {
  /** For people. */
  readonly shown: string;
  readonly #place: BucketPlace;
  readonly #host: S3ClientHost;
  readonly #url: HttpUrl;
  readonly #pool: Pool;
  #accessKey: AccessKey | undefined;

  /** @throws TypeError when the endpoint is no URL of HTTP */
  constructor(place: BucketPlace, host: S3ClientHost) {
    const { endpoint, bucket, forcePathStyle } = place;
    const url = parseMediaUrl(forcePathStyle ? endpoint : endpoint.replace(/^(\w+:\/\/)/, `$1${bucket}.`));
    if (url?.protocol !== 'http') throw new TypeError('no URL of a storage');
    this.#place = place;
    this.#host = host;
    this.#url = url;
    this.shown = originOf(url) + (forcePathStyle ? `/${bucket}` : '');
    this.#pool = new Pool(originOf(url), {
      ...clientOptions(url, host.connect),
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  /** Sends a request. @throws ObjectStorageError, or the signal's reason */
  async send(request: S3Request): Promise<S3Answer> {
    const { signal } = request;
    signal?.throwIfAborted();
    const deadline = new Deadline(this.#host.clock);
    const onAbort = (): void => deadline.giveUp();
    signal?.addEventListener('abort', onAbort);
    try {
      return await this.#exchange(request, deadline);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ObjectStorageError) throw error;
      const { message } = error as Error;
      const problem = deadline.isLate ? `no whole answer within ${deadline.ms} ms` : message;
      throw this.fault('unreachable', problem, error);
    } finally {
      deadline.stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** An error that says which storage it is about. */
  fault(fault: ObjectStorageFault, problem: string, cause?: unknown): ObjectStorageError {
    return new ObjectStorageError(fault, `${this.shown}: ${problem}`, { cause });
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #exchange(request: S3Request, deadline: Deadline): Promise<S3Answer> {
    const { method, body, statuses, maxAnswerBytes = MAX_ANSWER_BYTES, answerMs } = request;
    const { path, headers } = await this.#sign(request);
    deadline.within(answerMs ?? SILENCE_MS);
    const answer = await this.#pool.request({
      method,
      path,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': `${body.length}` }) },
      body: body === undefined ? null : this.#paced(body, deadline, answerMs),
      signal: deadline.signal,
    });
    deadline.within(answerMs ?? ANSWER_MS);
    const status = answer.statusCode;
    if (statuses.includes(status))
      return { status, headers: headersOf(answer), body: await this.#bodyOf(answer, maxAnswerBytes) };
    const text = (await this.#bodyOf(answer, MAX_ERROR_BYTES)).toString();
    throw this.#refusal(status, errorCodeOf(text));
  }

  #paced(body: Uint8Array, deadline: Deadline, answerMs: number = SILENCE_MS): Readable {
    const onPiece = (): void => deadline.within(answerMs);
    return Readable.from(pacedPieces(body, this.#host.rate, deadline.signal, onPiece), { objectMode: false });
  }

  #refusal(status: number, code: string | undefined): ObjectStorageError {
    const problem = `its answer is ${status}${code === undefined ? '' : ` ${code}`}`;
    if (status === 401 || status === 403 || refusals.has(code ?? '')) {
      this.#accessKey = undefined; // another one may be in the file by now
      return this.fault('refused', problem);
    }
    if (status === 404) return this.fault('missing', problem);
    if (status >= 300 && status < 400)
      return this.fault('answer', `${problem}: redirections are not followed, check endpoint and region`);
    if (status >= 500 || status === 408 || status === 429) return this.fault('unreachable', problem);
    return this.fault('answer', problem);
  }

  async #bodyOf(answer: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw this.fault('answer', `its answer has more than ${maxBytes} bytes`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces, bytes);
  }

  async #sign({ method, key, query = {}, headers = {}, body = NOTHING }: S3Request): Promise<{
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
  }> {
    const { region, bucket, forcePathStyle } = this.#place;
    if (key !== '' && key.split('/').some((segment) => /^\.{0,2}$/.test(segment)))
      throw new TypeError('no key of an object');
    const { id, secret, sessionToken } = this.#ownKey();
    const path = [...(forcePathStyle ? [bucket] : []), ...(key === '' ? [] : key.split('/'))];
    const search = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`);
    const target = `/${path.map(encode).join('/')}${search.length === 0 ? '' : `?${search.join('&')}`}`;
    const signer = new AwsV4Signer({
      method,
      url: `${originOf(this.#url)}${target}`,
      headers: { ...headers, 'x-amz-content-sha256': hash('sha256', body) },
      service: 's3',
      region,
      accessKeyId: id,
      secretAccessKey: secret,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const signed = await signer.sign();
    return { path: target, headers: { ...Object.fromEntries(signed.headers), ...ownHeaders(this.#url) } };
  }

  #ownKey(): AccessKey {
    try {
      this.#accessKey ??= this.#host.accessKey();
      return this.#accessKey;
    } catch (error) {
      throw new ObjectStorageError('refused', (error as Error).message, { cause: error });
    }
  }
}

/** Gives a request up that takes too long. */
class Deadline {
  isLate = false;
  ms = 0;
  readonly #clock: Clock;
  readonly #gives = new AbortController();
  #stop = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#gives.signal;
  }

  /** From now on it may take so long, milliseconds. */
  within(ms: number): void {
    this.ms = ms;
    this.#stop();
    this.#stop = this.#clock.after(ms, () => {
      this.isLate = true;
      this.giveUp();
    });
  }

  giveUp(): void {
    this.#gives.abort();
  }

  stop(): void {
    this.#stop();
  }
}

const NOTHING = new Uint8Array();

const MAX_ERROR_BYTES = 64 * 2 ** 10;

/** Codes of errors about credentials that come with status 400. */
const refusals: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'AuthorizationHeaderMalformed',
]);

/** As the signature wants it: more than `encodeURIComponent` does. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headersOf({ headers }: Dispatcher.ResponseData): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, Array.isArray(value) ? value.join() : value]),
  );
}
