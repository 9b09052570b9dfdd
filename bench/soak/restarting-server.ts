import { ServerProcess } from './server-process.ts';

/** A server that dies and comes back where it was. */
export class RestartingServer implements AsyncDisposable {
  readonly #name: string;
  readonly #start: () => Promise<ServerProcess>;
  #process: ServerProcess;

  private constructor(name: string, start: () => Promise<ServerProcess>, process: ServerProcess) {
    this.#name = name;
    this.#start = start;
    this.#process = process;
  }

  /** @param args - of streampump; its config has ports that stay the same @param listeners - that are to be open */
  static async start(
    name: string,
    args: readonly string[],
    listeners: readonly string[],
    logFile: string | undefined,
  ): Promise<RestartingServer> {
    const start = (): Promise<ServerProcess> => ServerProcess.start(name, args, listeners, logFile);
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

  /** Starts it again; resolves when it listens. */
  async comeBack(): Promise<void> {
    this.#process = await this.#start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}
