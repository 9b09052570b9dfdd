import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { diesWithParent } from '../../test/support/dies-with-parent.ts';
import type { InspectionAnswer, InspectionQuestion } from './inspection.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const inspection = new URL('./inspection.ts', import.meta.url).href;

/** A server that has not ended by then after SIGTERM is killed, milliseconds. */
const STOP_MS = 20_000;
/** It listens within this time on a busy machine, milliseconds. */
const START_MS = 60_000;
const ANSWER_MS = 40_000;

/** A line of a log, as far as it is looked at here. */
interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly msg: string;
  readonly listener?: string;
  readonly port?: number;
}

/** A relay or house in a process of its own that can be inspected. Its log is read line by line, counted, and not kept. */
export class ServerProcess implements AsyncDisposable {
  readonly pid: number;
  readonly name: string;
  /** How many lines there were of each event. */
  readonly events: Map<string, number> = new Map();
  /** What it says that it should not: errors and bugs, the first of each event. */
  readonly complaints: Map<string, string> = new Map();
  readonly #child: ChildProcess;
  readonly #ports = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #log: WriteStream | undefined;
  #asked = 0;
  #isOver = false;

  private constructor(
    name: string,
    args: readonly string[],
    logFile: string | undefined,
    within: readonly string[],
  ) {
    const node = [process.execPath, '--expose-gc', '--import', inspection, cli, ...args];
    const [program = '', ...rest] = [...diesWithParent(), ...within, ...node];
    this.name = name;
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true, // Ctrl-C is for the soak, which ends it
    });
    if (this.#child.pid === undefined) throw new Error(`cannot start ${name}`);
    this.pid = this.#child.pid;
    this.#log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
    this.#child.on('error', () => {}); // what is asked of one that is just ending
    this.#child.on('exit', () => {
      this.#isOver = true;
      this.#wake();
    });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#onLine(line));
    if (stderr !== null)
      createInterface({ input: stderr }).on('line', (line) => {
        this.#log?.write(`${line}\n`);
        if (!this.complaints.has('stderr')) this.complaints.set('stderr', line);
      });
  }

  /**
   * Starts one; resolves when all of its listeners are open.
   * @param args - of streampump; the config asks for a JSON log
   * @param logFile - is appended to
   * @param within - words before its command that have it run somewhere else, in the same process
   */
  static async start(
    name: string,
    args: readonly string[],
    listeners: readonly string[],
    logFile?: string,
    within: readonly string[] = [],
  ): Promise<ServerProcess> {
    const server = new ServerProcess(name, args, logFile, within);
    await server.#until(() => listeners.every((listener) => server.#ports.has(listener)), START_MS);
    return server;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  port(listener: string): number {
    const port = this.#ports.get(listener);
    if (port === undefined) throw new Error(`${this.name} does not listen for ${listener}`);
    return port;
  }

  /** Lines of an event so far. */
  count(event: string): number {
    return this.events.get(event) ?? 0;
  }

  /** Resolves when there have been so many lines of an event. */
  async counted(event: string, count: number, withinMs: number): Promise<void> {
    await this.#until(() => this.count(event) >= count, withinMs);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  /** Asks its inspection. */
  async ask(
    question:
      | Omit<Extract<InspectionQuestion, { ask: 'holdings' }>, 'number'>
      | Omit<Extract<InspectionQuestion, { ask: 'kill' }>, 'number'>,
  ): Promise<InspectionAnswer> {
    const number = ++this.#asked;
    let answer: InspectionAnswer | undefined;
    const hear = (said: InspectionAnswer): void => {
      if (said.number !== number) return;
      answer = said;
      this.#wake();
    };
    this.#child.on('message', hear);
    this.#child.send({ ...question, number });
    await this.#until(() => answer !== undefined, ANSWER_MS).finally(() => this.#child.off('message', hear));
    if (answer === undefined) throw new Error(`${this.name} does not answer`);
    return answer;
  }

  /** Ends it and resolves when it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#isOver) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(impatience);
    this.#log?.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop('SIGKILL');
  }

  #onLine(line: string): void {
    this.#log?.write(`${line}\n`);
    if (!line.startsWith('{')) return;
    const { event, level, msg, listener, port } = JSON.parse(line) as LogLine;
    this.events.set(event, this.count(event) + 1);
    if (event === 'listening' && listener !== undefined && port !== undefined && !this.#ports.has(listener))
      this.#ports.set(listener, port);
    const isFault = (level === 'error' && event !== 'worker') || event === 'bug'; // workers are killed
    if (isFault && !this.complaints.has(event)) this.complaints.set(event, msg);
    this.#wake();
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }

  #until(isSo: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (isSo()) settle();
        else if (this.#isOver)
          settle(new Error(`${this.name} has ended: ${[...this.complaints.values()].join('; ')}`));
      };
      const timer = setTimeout(
        () => settle(new Error(`${this.name}: what was waited for has not come in ${withinMs} ms`)),
        withinMs,
      );
      this.#waiting.add(look);
      look();
    });
  }
}
