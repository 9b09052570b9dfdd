import { hash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../stream/clock.ts';
import { makeFolders, openFile, readSome, replaceFile } from '../file/safe-files.ts';
import type { ObjectStorage } from './object-storage.ts';

/** The folder with what has to be deleted: no folder of a stream has a dot in its name. */
const FOLDER = '.deleting';

const MAX_BYTES = 65_536;

/** What fails is tried again after this, milliseconds. */
const AGAIN_MS = 60_000;

/** Objects of a recording that is deleted, in the order in which they go. */
interface Deletion {
  /** Of the recording. */
  readonly key: string;
  readonly objects: readonly string[];
}

/**
 * Deletes objects with all of their versions, for ever until that is done: what has to be deleted is on the disk, and is so still after a
 * restart.
 */
export class ObjectDeletions {
  readonly #storage: ObjectStorage;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #onFault: (fault: Error) => void;
  readonly #closing = new AbortController();
  #waiting = new Map<string, Deletion>();
  #running: Promise<void> | undefined;
  #stopTimer = (): void => {};
  #hasFailed = false;

  /** @param root - the folder of the recordings @param onFault - told once, until it goes on */
  constructor(
    storage: ObjectStorage,
    root: string,
    onFault: (fault: Error) => void,
    clock: Clock = systemClock,
  ) {
    this.#storage = storage;
    this.#root = root;
    this.#onFault = onFault;
    this.#clock = clock;
  }

  /** Of those recordings. */
  keys(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Reads what a former process has left, and goes on with it. @throws what the file system says */
  async open(): Promise<void> {
    const names = await readdir(join(this.#root, FOLDER)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names.filter((each) => /^[0-9a-f]{64}$/.test(each))) {
      const deletion = await this.#read(join(this.#root, FOLDER, name));
      if (deletion !== undefined) this.#waiting.set(deletion.key, deletion);
    }
    this.#go();
  }

  /** Has objects deleted; resolves when that can be forgotten no more. @throws what the file system says */
  async add(key: string, objects: readonly string[]): Promise<void> {
    const deletion = { key, objects };
    await makeFolders(this.#root, [FOLDER]);
    await replaceFile(this.#path(key), Buffer.from(JSON.stringify(deletion)));
    this.#waiting.set(key, deletion);
    this.#go();
  }

  /** Resolves when nothing is being deleted: because it is done, or has failed for now. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the store ends'));
    this.#stopTimer();
    await this.#running;
  }

  #go(): void {
    if (this.#closing.signal.aborted) return;
    this.#stopTimer();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        const [deletion] = this.#waiting.values();
        if (deletion === undefined) break;
        for (const object of deletion.objects) await this.#storage.delete(object, signal);
        await rm(this.#path(deletion.key), { force: true });
        this.#waiting.delete(deletion.key);
        this.#hasFailed = false;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!this.#hasFailed) this.#onFault(error as Error);
      this.#hasFailed = true;
      this.#stopTimer = this.#clock.after(AGAIN_MS, () => this.#go());
    }
  }

  async #read(path: string): Promise<Deletion | undefined> {
    const handle = await openFile(path, 'read');
    try {
      return parseDeletion((await readSome(handle, 0, MAX_BYTES)).toString());
    } finally {
      await handle.close();
    }
  }

  #path(key: string): string {
    return join(this.#root, FOLDER, hash('sha256', key));
  }
}

function parseDeletion(text: string): Deletion | undefined {
  try {
    const { key, objects } = JSON.parse(text) as Partial<Deletion>;
    const isWhole =
      typeof key === 'string' && Array.isArray(objects) && objects.every((each) => typeof each === 'string');
    return isWhole ? { key, objects } : undefined;
  } catch {
    return undefined;
  }
}
