import { type RelayProcess, type RelayProcessOptions, startRelayProcess } from '../relay-process.ts';
import { builtCli, builtWatch } from './built-project.ts';
import type { Holdings, LongTurn } from './relay-watch.ts';

/** Every relay under watch is started with such a heap, MiB: what a small machine has. */
export const HEAP_MIB = 96;

/** A relay in a process of its own with a small heap, whose turns and holdings can be seen. */
export class WatchedRelay implements AsyncDisposable {
  readonly relay: RelayProcess;
  #toldTurns = 0;
  #asked = 0;

  private constructor(relay: RelayProcess) {
    this.relay = relay;
  }

  /** Starts one; it listens when the promise resolves. */
  static async start(options: RelayProcessOptions): Promise<WatchedRelay> {
    const nodeOptions = [`--max-old-space-size=${HEAP_MIB}`, '--import', builtWatch()];
    return new WatchedRelay(await startRelayProcess({ ...options, cli: builtCli(), nodeOptions }));
  }

  /** The long turns of its threads since this was last asked. */
  takeLongTurns(): readonly LongTurn[] {
    const turns = this.#turns();
    const fresh = turns.slice(this.#toldTurns);
    this.#toldTurns = turns.length;
    return fresh;
  }

  /** What it holds once its garbage is gone, and the processor time that it has used. */
  async holdings(): Promise<Holdings> {
    const { tool } = this.relay;
    tool.kill('SIGUSR2');
    const [line] = await tool.waitForStderr(new RegExp(`{"watch":"holdings","asked":${++this.#asked},.*}`));
    return JSON.parse(line) as Holdings;
  }

  /** All metrics by name and labels as they stand there, such as `streampump_sessions{role="player",protocol="rtmp"}`. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const lines = (await this.relay.page('/metrics')).split('\n').filter((line) => /^\w/.test(line));
    return new Map(
      lines.map((line) => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))];
      }),
    );
  }

  /** Bytes of log so far. */
  get logBytes(): number {
    return this.relay.tool.stdoutBuffer.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
  }

  #turns(): LongTurn[] {
    const lines = this.relay.tool.stderr.split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{"watch":"turn"'))
      .map((line) => JSON.parse(line) as LongTurn);
  }
}
