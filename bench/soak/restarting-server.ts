import { ServerProcess } from './server-process.ts';

/** A server that dies and comes back where it was. */
export class RestartingServer implements AsyncDisposable {
  readonly #name: string;
  readonly #start: () => Promise<ServerProcess>;
  readonly #complaints = new Map<string, string>();
  #process: ServerProcess;

  private constructor(name: string, start: () => Promise<ServerProcess>, process: ServerProcess) {
    this.#name = name;
    this.#start = start;
    this.#process = process;
  }

  /**
   * @param args - of streampump; its config has ports that stay the same
   * @param listeners - that are to be open
   * @param within - words before its command that have it run somewhere else, in the same process
   */
  static async start(
    name: string,
    args: readonly string[],
    listeners: readonly string[],
    logFile: string | undefined,
    within: readonly string[] = [],
  ): Promise<RestartingServer> {
    const start = (): Promise<ServerProcess> => ServerProcess.start(name, args, listeners, logFile, within);
    return new RestartingServer(name, start, await start());
  }

  get name(): string {
    return this.#name;
  }

  get pid(): number {
    return this.#process.pid;
  }

  port(listener: string): number {
    return this.#process.port(listener);
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL');
  }

  /** Ends it in good order; resolves when it has ended. */
  async drain(): Promise<void> {
    await this.#process.stop('SIGTERM');
  }

  /** Sends it a signal that does not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Starts it again; resolves when it listens. */
  async comeBack(): Promise<void> {
    for (const [event, message] of this.#process.complaints) this.#complaints.set(event, message);
    this.#process = await this.#start();
  }

  /** What it has said in all of its lives that it should not, one of each event. */
  get complaints(): ReadonlyMap<string, string> {
    return new Map([...this.#complaints, ...this.#process.complaints]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
