import type { FileHandle } from 'node:fs/promises';
import { openFile, readSome } from '../file/safe-files.ts';
import type { UploadSource } from './file-upload.ts';

/** A file of the folder, opened when it is read, and again when that comes after a `close`. */
export class LocalSource implements UploadSource {
  readonly bytes: number;
  readonly #path: string;
  readonly #watch: <T>(work: Promise<T>) => Promise<T>;
  #handle: FileHandle | undefined;

  private constructor(path: string, bytes: number, watch: <T>(work: Promise<T>) => Promise<T>) {
    this.#path = path;
    this.bytes = bytes;
    this.#watch = watch;
  }

  /** @param watch - has an eye on how long the disk takes @throws what the file system says; RecordingError `damaged` for what is no file */
  static async open(path: string, watch: <T>(work: Promise<T>) => Promise<T>): Promise<LocalSource> {
    const handle = await watch(openFile(path, 'read'));
    try {
      return new LocalSource(path, (await watch(handle.stat())).size, watch);
    } finally {
      await handle.close();
    }
  }

  async read(offset: number, length: number): Promise<Buffer> {
    this.#handle ??= await this.#watch(openFile(this.#path, 'read'));
    const bytes = await this.#watch(readSome(this.#handle, offset, length));
    if (bytes.length !== length) throw new Error(`${this.#path} has become shorter`);
    return bytes;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
