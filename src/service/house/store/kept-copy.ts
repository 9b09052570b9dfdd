import type { StoreHost } from './file-store.ts';
import { StoreError } from './house-store.ts';

/** A file in the folder of a house with a copy of what Redis has: with it a house starts while Redis is away. */
export class KeptCopy {
  readonly #host: StoreHost;
  readonly #name: string;
  #next: (() => string) | undefined;
  #work: Promise<void> = Promise.resolve();
  #isTold = false;

  constructor(host: StoreHost, name: string) {
    this.#host = host;
    this.#name = name;
  }

  /** Resolves when everything is written, or could not be. */
  get written(): Promise<void> {
    return this.#work;
  }

  /**
   * Reads a copy. One that is broken is set aside: Redis has what counts.
   * @throws StoreError where the folder cannot be used
   */
  static async read<T>(
    { folder, log }: StoreHost,
    name: string,
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const aside = await folder.setAside(name);
      log.error('store', `${error.message}. It is ${aside} now, and Redis is asked`);
      return undefined;
    }
  }

  /** Writes this, once what is being written is; where something newer comes meanwhile, that instead. */
  keep(text: () => string): void {
    const isWaiting = this.#next !== undefined;
    this.#next = text;
    if (!isWaiting) this.#work = this.#work.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const text = this.#next;
    this.#next = undefined;
    if (text === undefined) return;
    const { folder, log } = this.#host;
    try {
      await folder.write(this.#name, text());
      this.#isTold = false;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (!this.#isTold) log.error('store', `no copy of what Redis has: ${error.message}`);
      this.#isTold = true;
    }
  }
}
