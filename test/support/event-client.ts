import { readBlocks, type SentBlock } from './event-text.ts';

/** One who follows the events of a relay over HTTP. */
export class EventClient implements AsyncDisposable {
  readonly status: number;
  readonly contentType: string | null;
  /** Rejects where the connection was cut; with `true` where it ended in good order. */
  readonly ended: Promise<boolean>;
  #text = '';
  #wake: () => void = () => {};
  readonly #leave: AbortController;

  private constructor(response: Response, leave: AbortController) {
    this.status = response.status;
    this.contentType = response.headers.get('content-type');
    this.#leave = leave;
    this.ended = this.#read(response);
    this.ended.catch(() => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventClient> {
    const leave = new AbortController();
    return new EventClient(await fetch(url, { headers, signal: leave.signal }), leave);
  }

  /** Everything that was heard. */
  get blocks(): SentBlock[] {
    return readBlocks(this.#text);
  }

  get text(): string {
    return this.#text;
  }

  get lastId(): string | undefined {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id;
  }

  /** Resolves with the data of the first event of this type that has these facts, be it heard already or not. */
  async heard(
    type: string,
    facts: Record<string, unknown> = {},
    timeoutMs = 10_000,
  ): Promise<Record<string, unknown>> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.blocks.find(
        ({ event, data = {} }) =>
          event === type && Object.entries(facts).every(([name, value]) => data[name] === value),
      );
      if (found?.data !== undefined) return found.data;
      await new Promise<void>((resolve, reject) => {
        const stop = () => reject(new Error(`no ${type} ${JSON.stringify(facts)}, but\n${this.#text}`));
        deadline.addEventListener('abort', stop, { once: true });
        this.#wake = () => {
          deadline.removeEventListener('abort', stop);
          resolve();
        };
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave.abort();
    await this.ended.catch(() => {});
  }

  async #read(response: Response): Promise<boolean> {
    if (response.body === null) return true;
    for await (const bytes of response.body) {
      this.#text += Buffer.from(bytes).toString();
      this.#wake();
    }
    return true;
  }
}
