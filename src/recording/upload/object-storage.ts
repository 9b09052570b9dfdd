/** Why a storage does not do what it is asked. */
export type ObjectStorageFault =
  /** It does not answer, not in time or not whole, or says that it cannot now: another try may go well. */
  | 'unreachable'
  /** It does not take the credentials, or they may not do this. */
  | 'refused'
  /** There is no such object, or no such bucket. */
  | 'missing'
  /** What it answers is not what was asked for, or not what it was given. */
  | 'answer';

/** A storage has not done what it was asked; the message is for people and holds no secret. */
export class ObjectStorageError extends Error {
  override readonly name = 'ObjectStorageError';
  readonly fault: ObjectStorageFault;
  constructor(fault: ObjectStorageFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** What a storage knows of an object. */
export interface ObjectFacts {
  readonly bytes: number;
  /** Names what it holds, without quotes; what it is made from is the storage's affair. */
  readonly etag: string;
}

/** Objects of a list, in the order of their keys. */
export interface ObjectPage {
  readonly keys: readonly string[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/**
 * Objects by their keys: `a/b/c` without empty segments, `.` and `..`. Each promise is settled within some time, and rejected with an
 * `ObjectStorageError`, or with the signal's reason.
 */
export interface ObjectStorage {
  /** For people: where it is. */
  readonly shown: string;
  /** Makes an object, or its next version. @returns its ETag */
  put(key: string, body: Uint8Array, signal?: AbortSignal): Promise<string>;
  /** Begins an object that comes in parts. @returns what names the upload */
  beginParts(key: string, signal?: AbortSignal): Promise<string>;
  /** @param number - from 1 on @returns its ETag */
  putPart(
    key: string,
    upload: string,
    number: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<string>;
  /** Makes an object of all its parts. @param etags - of the parts, in order */
  completeParts(key: string, upload: string, etags: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Throws the parts of an upload away that will not be completed. */
  abandonParts(key: string, upload: string): Promise<void>;
  /** The uploads of an object that were begun and neither completed nor abandoned; none where the storage does not tell. */
  unfinishedParts(key: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Undefined where there is no such object. */
  facts(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined>;
  /**
   * Bytes of an object: exactly so many.
   * @param etag - what it has to be still; another one is a fault `answer`
   */
  read(key: string, offset: number, length: number, etag?: string, signal?: AbortSignal): Promise<Buffer>;
  /** A whole object of at most so many bytes. */
  readWhole(key: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer>;
  /** Objects whose keys begin so, a page of them. @param after - `next` of the page before */
  list(prefix: string, after?: string, signal?: AbortSignal): Promise<ObjectPage>;
  /** Deletes an object with all of its versions and delete markers; harmless where there is none. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Deletes all versions but the newest. */
  deleteOlder(key: string, signal?: AbortSignal): Promise<void>;
  /** Cuts every connection. */
  close(): Promise<void>;
}
