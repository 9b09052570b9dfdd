import type { StoredFile } from '../file/recording-file.ts';
import { RecordingError, type RecordingFault } from '../recording-error.ts';
import { type ObjectStorage, ObjectStorageError, type ObjectStorageFault } from './object-storage.ts';
import type { UploadNotes } from './upload-notes.ts';

/** A piece has to be there after this, milliseconds. */
const READ_MS = 10_000;

const codes: Readonly<Record<ObjectStorageFault, RecordingFault>> = {
  unreachable: 'unavailable',
  refused: 'unavailable',
  missing: 'unavailable',
  answer: 'damaged',
};

/** A file that is an object now, with the bytes that lay on the disk. */
export class UploadedFile implements StoredFile {
  readonly bytes: number;
  readonly #storage: ObjectStorage;
  readonly #objectKey: string;
  readonly #etag: string;

  constructor(storage: ObjectStorage, objectKey: string, { bytes, etag }: UploadNotes) {
    this.bytes = bytes;
    this.#storage = storage;
    this.#objectKey = objectKey;
    this.#etag = etag;
  }

  /** @throws RecordingError */
  async read(offset: number, length: number): Promise<Buffer> {
    const bytes = Math.max(0, Math.min(length, this.bytes - offset));
    const deadline = AbortSignal.timeout(READ_MS);
    try {
      return await this.#storage.read(this.#objectKey, offset, bytes, this.#etag, deadline);
    } catch (error) {
      if (deadline.aborted)
        throw new RecordingError('timeout', `${this.#storage.shown} has not answered within ${READ_MS} ms`);
      if (error instanceof ObjectStorageError)
        throw new RecordingError(codes[error.fault], error.message, { cause: error });
      throw error;
    }
  }

  async close(): Promise<void> {}
}
