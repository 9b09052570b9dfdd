import type { StoredFile } from '../file/recording-file.ts';

/** So many files are kept open that nobody reads at the moment. */
const MAX_IDLE = 64;

interface OpenFile {
  readonly file: Promise<StoredFile>;
  readers: number;
  isForgotten: boolean;
}

/** Files that are read, by the keys of their recordings: each is opened once, and kept for who comes next. */
export class OpenFiles {
  readonly #open: (key: string) => Promise<StoredFile>;
  readonly #files = new Map<string, OpenFile>();

  constructor(open: (key: string) => Promise<StoredFile>) {
    this.#open = open;
  }

  /** Has a file open while something is done with it. */
  async use<T>(key: string, work: (file: StoredFile) => Promise<T>): Promise<T> {
    const entry = this.#take(key);
    entry.readers++;
    try {
      return await work(await entry.file);
    } finally {
      entry.readers--;
      this.#leave(key, entry);
    }
  }

  /** A recording changes or goes: its file is closed once nobody reads it. */
  forget(key: string): void {
    const entry = this.#files.get(key);
    if (entry === undefined) return;
    entry.isForgotten = true;
    this.#files.delete(key);
    if (entry.readers === 0) close(entry);
  }

  close(): void {
    for (const key of [...this.#files.keys()]) this.forget(key);
  }

  #take(key: string): OpenFile {
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const entry: OpenFile = { file: this.#open(key), readers: 0, isForgotten: false };
    entry.file.catch(() => {
      if (this.#files.get(key) === entry) this.#files.delete(key); // the next one tries again
    });
    this.#files.set(key, entry);
    return entry;
  }

  #leave(key: string, entry: OpenFile): void {
    if (entry.readers > 0) return;
    if (entry.isForgotten) close(entry);
    else if (this.#files.get(key) === entry) {
      this.#files.delete(key); // behind those that were read before
      this.#files.set(key, entry);
      this.#closeIdle();
    }
  }

  #closeIdle(): void {
    if (this.#files.size <= MAX_IDLE) return;
    for (const [key, entry] of this.#files) {
      if (entry.readers > 0) continue;
      this.forget(key);
      return;
    }
  }
}

function close({ file }: OpenFile): void {
  file.then((open) => open.close()).catch(() => {}); // what was read was read
}
