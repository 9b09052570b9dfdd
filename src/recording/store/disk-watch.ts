import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { openFile, writeAll } from '../file/safe-files.ts';
import type { StoreState } from '../link/store-link.ts';

/** How often it is looked how much is free, milliseconds. */
const LOOK_MS = 2000;

/** An operation that takes longer is the disk's fault, milliseconds. */
const SLOW_MS = 5000;

/** Whether there is room again is tried with so many bytes. */
const PROBE_BYTES = 64 * 1024;
const PROBE_NAME = 'room.probe';

/** So much more than what has to stay free has to be free before anything is recorded again: a share of the disk, and most, bytes. */
const MARGIN_SHARE = 0.02;
const MAX_MARGIN_BYTES = 256 * 2 ** 20;

const fullCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether an error of the file system says that there is no room. */
export function saysFull(error: unknown): boolean {
  return fullCodes.has((error as NodeJS.ErrnoException | undefined)?.code);
}

/** How the disk does: whether there is room, and whether it answers. */
export class DiskWatch {
  readonly #folder: string;
  readonly #onState: (state: StoreState, sentence: string) => void;
  readonly #minFreeBytes: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #work = new Map<object, number>();
  #isFull = false;
  #isLooking = false;
  #state: StoreState = 'ok';

  /** @param onState - told once of each change, with a sentence */
  constructor(
    folder: string,
    minFreeBytes: () => number,
    onState: (state: StoreState, sentence: string) => void,
  ) {
    this.#folder = folder;
    this.#minFreeBytes = minFreeBytes;
    this.#onState = onState;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  get state(): StoreState {
    return this.#state;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Watches how long the disk takes. */
  async watch<T>(work: Promise<T>): Promise<T> {
    const mark = {};
    this.#work.set(mark, performance.now());
    try {
      return await work;
    } finally {
      this.#work.delete(mark);
      if (this.#state === 'slow') this.#tell();
    }
  }

  /** There was no room for something. */
  onFull(): void {
    this.#isFull = true;
    this.#tell();
  }

  /** Looks now. */
  async look(): Promise<void> {
    this.#tell();
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.#isFull = await this.watch(this.#lacksRoom());
    } catch {
      // whoever writes finds out what is wrong with the folder
    } finally {
      this.#isLooking = false;
    }
    this.#tell();
  }

  async #lacksRoom(): Promise<boolean> {
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    const free = bavail * bsize;
    const least = this.#minFreeBytes();
    if (!this.#isFull) return free < least;
    const margin = Math.min(blocks * bsize * MARGIN_SHARE, MAX_MARGIN_BYTES);
    return free < least + margin || !(await this.#hasRoom());
  }

  /** A quota shows only when something is written. */
  async #hasRoom(): Promise<boolean> {
    const path = join(this.#folder, PROBE_NAME);
    try {
      await rm(path, { force: true });
      const handle = await openFile(path, 'create');
      try {
        await writeAll(handle, Buffer.alloc(PROBE_BYTES, 1), 0);
      } finally {
        await handle.close();
      }
      return true;
    } catch {
      return false;
    } finally {
      await rm(path, { force: true }).catch(() => {});
    }
  }

  #tell(): void {
    const [oldest = Number.POSITIVE_INFINITY] = this.#work.values();
    const isSlow = performance.now() - oldest > SLOW_MS;
    const state = isSlow ? 'slow' : this.#isFull ? 'full' : 'ok';
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state, sentences[state]);
  }
}

const sentences = {
  ok: 'recordings can be written again',
  full: 'there is no room for recordings',
  slow: 'the disk of the recordings does not answer',
} as const;
