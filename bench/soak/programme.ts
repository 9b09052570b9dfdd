import { setTimeout as sleep } from 'node:timers/promises';
import { LoadError } from '../../load-tester/load-error.ts';
import { openPublication } from '../../load-tester/publishing/open-publication.ts';
import { parsePublishTarget } from '../../load-tester/target.ts';

const RETRY_MS = 500;

/** What publishes a file over and over until it is closed. */
export type LoopingFile = Awaited<ReturnType<typeof openPublication>>;

/** Publishes a file at a URL that `streampump load` publishes to. @throws LoadError when nobody takes it */
export async function publishFile(file: string, url: string): Promise<LoopingFile> {
  const target = parsePublishTarget(url);
  if (target === undefined) throw new Error(`nobody can publish to ${url}`);
  return await openPublication({ file, target });
}

/** A stream that is always there: its publisher comes again when the server has gone. */
export class Programme implements AsyncDisposable {
  readonly #file: string;
  readonly #url: string;
  readonly #closing = new AbortController();
  #publisher: LoopingFile | undefined;
  #life: Promise<void> = Promise.resolve();
  #restarts = 0;

  private constructor(file: string, url: string) {
    this.#file = file;
    this.#url = url;
  }

  /** @param url - where a server is that takes it now */
  static async start(file: string, url: string): Promise<Programme> {
    const programme = new Programme(file, url);
    programme.#publisher = await publishFile(file, url);
    programme.#life = programme.#live();
    return programme;
  }

  /** How often it was published again. */
  get restarts(): number {
    return this.#restarts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#publisher?.close();
    await this.#life;
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing;
    const closing = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    while (!signal.aborted) {
      await Promise.race([this.#publisher?.ended, closing]);
      if (signal.aborted) return;
      await sleep(RETRY_MS);
      try {
        this.#publisher = await publishFile(this.#file, this.#url);
        this.#restarts++;
        if (signal.aborted) await this.#publisher.close();
      } catch (error) {
        if (!(error instanceof LoadError)) throw error;
      }
    }
  }
}
