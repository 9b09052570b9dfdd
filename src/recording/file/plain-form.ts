import type { FileHandle } from 'node:fs/promises';
import type { FileForm, RecordingFile, StoredFile } from './recording-file.ts';
import { openFile, readSome, writeAll } from './safe-files.ts';

/** Files that lie on the disk as they are. */
export const plainForm: FileForm = {
  suffix: '',
  async create(_key, path, head) {
    const handle = await openFile(path, 'create');
    try {
      await writeAll(handle, head, 0);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return { file: new PlainRecordingFile(handle, head.length, 0), notes: null };
  },
  async open({ path }) {
    const handle = await openFile(path, 'read');
    return storedFile(handle, 0, (await handle.stat()).size);
  },
  openStored: async (stored) => stored,
  async openUnfinished({ path, headBytes }) {
    const handle = await openFile(path, 'change');
    const { size } = await handle.stat();
    const bodyBytes = Math.max(0, size - headBytes);
    const file = new PlainRecordingFile(handle, headBytes, bodyBytes);
    return {
      body: storedFile(handle, headBytes, bodyBytes),
      head: await readSome(handle, 0, headBytes),
      finish: (head, facts, bytes) => file.finish(head, facts, bytes),
      close: () => handle.close(),
    };
  },
};

/** The head is at the front from the beginning on, and written once more at the end, in its place. */
class PlainRecordingFile implements RecordingFile {
  readonly #handle: FileHandle;
  readonly #headBytes: number;
  #bodyBytes: number;

  constructor(handle: FileHandle, headBytes: number, bodyBytes: number) {
    this.#handle = handle;
    this.#headBytes = headBytes;
    this.#bodyBytes = bodyBytes;
  }

  async append(pieces: readonly Buffer[]): Promise<void> {
    const begin = this.#headBytes + this.#bodyBytes;
    let end = begin;
    try {
      for (const piece of pieces) {
        await writeAll(this.#handle, piece, end);
        end += piece.length;
      }
    } catch (error) {
      await this.#handle.truncate(begin).catch(() => {}); // else what is torn is found by whoever reads the file
      throw error;
    }
    this.#bodyBytes += end - begin;
  }

  async finish(head: Buffer, _facts: Buffer, bodyBytes: number = this.#bodyBytes): Promise<void> {
    if (head.length !== this.#headBytes)
      throw new RangeError(`a head of ${head.length} bytes, not of ${this.#headBytes}`);
    await this.#handle.truncate(this.#headBytes + bodyBytes);
    await writeAll(this.#handle, head, 0);
    await this.#handle.datasync();
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** A part of a file, up to its end. */
function storedFile(handle: FileHandle, from: number, bytes: number): StoredFile {
  return {
    bytes,
    read: (offset, length) => readSome(handle, from + offset, Math.max(0, Math.min(length, bytes - offset))),
    close: () => handle.close(),
  };
}
