import { createHash, type Hash, hash } from 'node:crypto';
import { type ObjectStorage, ObjectStorageError } from './object-storage.ts';

/** A file as it lies on the disk, for whoever uploads it. */
export interface UploadSource {
  readonly bytes: number;
  /** Exactly so many bytes. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** An object that was made of a file, and looked at. */
export interface UploadedObject {
  readonly bytes: number;
  /** In hexadecimal digits, of all of it. */
  readonly sha256: string;
  /** What the storage calls this version of it. */
  readonly etag: string;
}

/** A part has at least so many bytes; a file of at most so many is uploaded in one request. */
const PART_BYTES = 8 * 2 ** 20;

/** S3 takes no more parts of an object. */
const MAX_PARTS = 10_000;

/** So much is read and hashed in one go: the process has recordings to write. */
const PIECE_BYTES = 256 * 2 ** 10;

/** How many bytes the parts have of a file of so many. */
export function partBytesOf(bytes: number, minPartBytes: number = PART_BYTES): number {
  return Math.max(minPartBytes, Math.ceil(bytes / MAX_PARTS));
}

/**
 * Uploads one file. What has been uploaded of it stays so when something fails: `run` goes on from there when it is called again. At
 * most one part is in memory.
 */
export class FileUpload {
  readonly #storage: ObjectStorage;
  readonly #key: string;
  readonly #source: UploadSource;
  readonly #partBytes: number;
  #begun: BegunUpload | undefined;
  /** Of an object that is there, and has not been looked at. */
  #proof: Proof | undefined;
  /** Of the bytes before the next part. */
  #sha256: Hash = createHash('sha256');

  /** @param minPartBytes - storages take no parts of less than 5 MiB but the last */
  constructor(storage: ObjectStorage, key: string, source: UploadSource, minPartBytes?: number) {
    this.#partBytes = partBytesOf(source.bytes, minPartBytes);
    this.#storage = storage;
    this.#key = key;
    this.#source = source;
  }

  /**
   * Resolves when the object is there and was found to be what the file is.
   * @throws ObjectStorageError, what the source throws, or the signal's reason
   */
  async run(signal: AbortSignal): Promise<UploadedObject> {
    const isOnePart = this.#source.bytes <= this.#partBytes;
    try {
      this.#proof ??= isOnePart ? await this.#runWhole(signal) : await this.#runParts(signal);
      return await this.#verify(this.#proof, signal);
    } catch (error) {
      const { fault } = error instanceof ObjectStorageError ? error : {};
      // it is not what it should be, or somebody has thrown its parts away
      if (fault === 'answer' || fault === 'missing') this.#startOver();
      throw error;
    }
  }

  /** Throws away what is there of it. */
  async abandon(): Promise<void> {
    const { upload } = this.#begun ?? {};
    this.#startOver();
    if (upload !== undefined) await this.#storage.abandonParts(this.#key, upload);
  }

  #startOver(): void {
    this.#begun = undefined;
    this.#proof = undefined;
    this.#sha256 = createHash('sha256');
  }

  async #runWhole(signal: AbortSignal): Promise<Proof> {
    const { body, md5, sha256 } = await this.#readPart(0, this.#source.bytes);
    await this.#storage.put(this.#key, body, signal);
    return { etags: [md5], sha256: sha256.digest('hex') };
  }

  async #runParts(signal: AbortSignal): Promise<Proof> {
    const { bytes } = this.#source;
    const key = this.#key;
    const partBytes = this.#partBytes;
    if (this.#begun === undefined) {
      for (const left of await this.#storage.unfinishedParts(key, signal))
        await this.#storage.abandonParts(key, left); // of a process that was ended while it uploaded
      this.#begun = { upload: await this.#storage.beginParts(key, signal), parts: [] };
    }
    for (;;) {
      const begun: BegunUpload = this.#begun;
      const { upload, parts } = begun;
      const offset = parts.length * partBytes;
      if (offset >= bytes) {
        await this.#storage.completeParts(
          key,
          upload,
          parts.map(({ etag }) => etag),
          signal,
        );
        const sha256 = this.#sha256.digest('hex');
        this.#begun = undefined;
        const md5s = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
        return { etags: [`${hash('md5', md5s)}-${parts.length}`], sha256 };
      }
      const { body, md5, sha256 } = await this.#readPart(offset, Math.min(partBytes, bytes - offset));
      const etag = await this.#storage.putPart(key, upload, parts.length + 1, body, signal);
      this.#sha256 = sha256;
      this.#begun = { upload, parts: [...parts, { etag, md5 }] };
    }
  }

  /** Bytes of the file, their MD5, and the SHA-256 of all up to their end. */
  async #readPart(offset: number, length: number): Promise<{ body: Buffer; md5: string; sha256: Hash }> {
    const body = Buffer.allocUnsafe(length);
    const md5 = createHash('md5');
    const sha256 = this.#sha256.copy();
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const piece = await this.#source.read(offset + at, Math.min(PIECE_BYTES, length - at));
      md5.update(piece);
      sha256.update(piece);
      piece.copy(body, at);
    }
    return { body, md5: md5.digest('hex'), sha256 };
  }

  /** By its ETag, which most storages make of MD5s; where that is something else, by reading it back. */
  async #verify({ etags, sha256 }: Proof, signal: AbortSignal): Promise<UploadedObject> {
    const { bytes } = this.#source;
    const facts = await this.#storage.facts(this.#key, signal);
    if (facts === undefined) throw this.#notWhole('it is not there');
    if (facts.bytes !== bytes) throw this.#notWhole(`it has ${facts.bytes} bytes, of ${bytes}`);
    const { etag } = facts;
    const isProven = etags.includes(etag.toLowerCase()) || (await this.#readBack(etag, signal)) === sha256;
    if (!isProven) throw this.#notWhole('it has other bytes');
    return { bytes, sha256, etag };
  }

  async #readBack(etag: string, signal: AbortSignal): Promise<string> {
    const { bytes } = this.#source;
    const sha256 = createHash('sha256');
    for (let offset = 0; offset < bytes; offset += BACK_BYTES) {
      const length = Math.min(BACK_BYTES, bytes - offset);
      sha256.update(await this.#storage.read(this.#key, offset, length, etag, signal));
    }
    return sha256.digest('hex');
  }

  #notWhole(problem: string): ObjectStorageError {
    return new ObjectStorageError(
      'answer',
      `${this.#storage.shown}: the object ${this.#key} is not what was uploaded: ${problem}`,
    );
  }
}

/** A file in several parts that was begun. */
interface BegunUpload {
  /** What names it. */
  readonly upload: string;
  /** Those that are there. */
  readonly parts: readonly UploadedPart[];
}

interface UploadedPart {
  readonly etag: string;
  readonly md5: string;
}

/** What an object has to be. */
interface Proof {
  /** ETags that prove it. */
  readonly etags: readonly string[];
  readonly sha256: string;
}

const BACK_BYTES = 2 ** 20;
