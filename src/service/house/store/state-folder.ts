import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileReason } from '../../../errors.ts';
import { lockFolder } from './folder-lock.ts';
import { StoreError } from './house-store.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What group and others may write. */
const WRITABLE_BY_OTHERS = 0o022;

/** The folder of one house, for what outlasts it: only its user may read it, and only one house may use it at a time. */
export class StateFolder implements AsyncDisposable {
  readonly path: string;
  readonly #unlock: () => Promise<void>;
  /** One write after the other. */
  #work: Promise<void> = Promise.resolve();

  private constructor(path: string, unlock: () => Promise<void>) {
    this.path = path;
    this.#unlock = unlock;
  }

  /** Makes it where it is not there. @throws StoreError where it cannot be used, or another house uses it */
  static async open(place: string): Promise<StateFolder> {
    const path = resolve(place);
    try {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(path, { mode: FOLDER_MODE }).catch(unlessItIsThere);
      const { mode } = await stat(path);
      if ((mode & WRITABLE_BY_OTHERS) !== 0)
        throw new StoreError(`others may write ${path}, expected a folder that only its owner may write`);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`${path} cannot be used: ${fileReason(error)}`);
    }
    return new StateFolder(path, await lockFolder(join(path, 'lock'), path));
  }

  /** Where a file of it is. */
  fileOf(name: string): string {
    return join(this.path, name);
  }

  /** What a file holds; undefined where it is not there. @throws StoreError */
  async read(name: string, maxBytes: number): Promise<string | undefined> {
    const file = this.fileOf(name);
    try {
      const { size } = await stat(file);
      if (size > maxBytes) throw new StoreError(`${file} has ${size} bytes, limit ${maxBytes}`);
      return await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new StoreError(`${file} cannot be read: ${fileReason(error)}`);
    }
  }

  /** Has a file hold this from now on, whatever happens meanwhile: all of it, or what it held before. @throws StoreError */
  write(name: string, text: string): Promise<void> {
    const written = this.#work.then(() => this.#write(name, text));
    this.#work = written.catch(() => {});
    return written;
  }

  /** Moves a file out of the way, under another name. @returns that name */
  async setAside(name: string): Promise<string> {
    const aside = `${name}.broken`;
    await rename(this.fileOf(name), this.fileOf(aside));
    return this.fileOf(aside);
  }

  /** Once everything is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    await this.#unlock();
  }

  async #write(name: string, text: string): Promise<void> {
    const file = this.fileOf(name);
    try {
      await writeSynced(`${file}.new`, text);
      await rename(`${file}.new`, file);
      await syncFolder(this.path);
    } catch (error) {
      throw new StoreError(`${file} cannot be written: ${fileReason(error)}`);
    }
  }
}

/** @throws the error, unless there is a folder, or a link to one, already */
async function unlessItIsThere(error: NodeJS.ErrnoException): Promise<void> {
  const isThere =
    error.code === 'EEXIST' && error.path !== undefined && (await stat(error.path)).isDirectory();
  if (!isThere) throw error;
}

/** Root may do this in a folder that another user owns: it follows no link that is there. */
async function writeSynced(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  const opened = await open(file, 'wx', FILE_MODE);
  try {
    await opened.writeFile(text);
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Only then is the new name there after a power failure. */
async function syncFolder(path: string): Promise<void> {
  const opened = await open(path, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
