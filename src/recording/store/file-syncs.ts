/** What was written is on the disk after about so long, milliseconds, so far as the disk keeps up. */
const SYNC_MS = 1000;

/** Of all files: two of the four threads that a process has for files are left to what has to be written. */
const MAX_AT_ONCE = 2;

/** A file that is brought to the disk while it is written. */
export interface FileSync {
  /** There is more in it. */
  onWritten(): void;
  /** It is no longer to be brought to the disk; a sync that has begun goes on. */
  close(): void;
}

/** Such a file. */
interface Entry {
  readonly sync: () => Promise<void>;
  readonly onFault: (error: unknown) => void;
  /** When what was written last is to be on the disk, milliseconds of the process. */
  dueAt: number;
  isSyncing: boolean;
}

/** Brings files to the disk while they are written: each about once a second, few at a time, and nobody waits for that. */
export class FileSyncs {
  /** Those in which something is not on the disk, in the order in which they are due. */
  readonly #waiting = new Set<Entry>();
  #syncing = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param sync - brings what was written to the disk; one call at a time
   * @param onFault - told what the file system says, unless the file was closed: something of it may be lost
   */
  add(sync: () => Promise<void>, onFault: (error: unknown) => void): FileSync {
    let isOpen = true;
    const tellFault = (error: unknown): void => {
      if (isOpen) onFault(error);
    };
    const entry: Entry = { sync, onFault: tellFault, dueAt: 0, isSyncing: false };
    return {
      onWritten: () => {
        if (!isOpen || this.#waiting.has(entry)) return;
        entry.dueAt = performance.now() + SYNC_MS;
        this.#waiting.add(entry);
        if (this.#timer === undefined) this.#go();
      },
      close: () => {
        isOpen = false;
        this.#waiting.delete(entry);
      },
    };
  }

  close(): void {
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }

  /** Begins what is due, and comes back when something will be. */
  #go(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const entry of this.#waiting) {
      if (this.#syncing === MAX_AT_ONCE) return; // one that is done goes on
      if (entry.isSyncing) continue;
      const waitMs = entry.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#go(), waitMs);
        return;
      }
      this.#waiting.delete(entry);
      void this.#sync(entry);
    }
  }

  /** Never rejects. */
  async #sync(entry: Entry): Promise<void> {
    entry.isSyncing = true;
    this.#syncing++;
    try {
      await entry.sync();
    } catch (error) {
      entry.onFault(error);
    }
    entry.isSyncing = false;
    this.#syncing--;
    this.#go();
  }
}
