import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type RunningTool, type RunToolOptions, runTool } from '../run-tool.ts';

/** Where a connection goes to, and from which of the machine's addresses. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
}

/** A connection that is asked for. */
export interface ToOpen extends Place {
  readonly id: number;
}

/** A connection that comes along with this, unless there is an error. */
export interface Opened {
  readonly id: number;
  readonly error?: string;
}

const agent = fileURLToPath(new URL('machine-agent.ts', import.meta.url));

/**
 * A machine with a network of its own, a network namespace: nothing else can be reached from it until it is linked. The
 * namespace has no name and ends with the process in it, which the kernel ends with this one.
 */
export class Machine implements AsyncDisposable {
  readonly #agent: ChildProcess;
  readonly #pid: number;
  readonly #opening = new Map<number, { resolve(socket: Socket): void; reject(error: Error): void }>();
  #lastId = 0;

  private constructor(process: ChildProcess, pid: number) {
    this.#agent = process;
    this.#pid = pid;
    process.on('message', (opened: Opened, handle) => this.#onOpened(opened, handle as Socket | undefined));
    process.on('exit', () => {
      for (const { reject } of this.#opening.values()) reject(new Error('the machine is gone'));
    });
  }

  static async start(): Promise<Machine> {
    const command = ['--pdeathsig', 'KILL', '--', 'unshare', '--net', process.execPath, agent];
    const child = spawn('setpriv', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    const machine = new Machine(child, child.pid ?? 0);
    machine.ip('link set lo up');
    return machine;
  }

  /** The process in whose network it is. */
  get pid(): number {
    return this.#pid;
  }

  /** Changes its network: commands of `ip`, without that word. */
  ip(...commands: readonly string[]): void {
    this.#change('ip', commands);
  }

  /** Changes what its network does to packets: commands of `tc`, without that word. */
  tc(...commands: readonly string[]): void {
    this.#change('tc', commands);
  }

  /** Words before a command that have it run on this machine. */
  get within(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.#pid}/ns/net`, '--'];
  }

  /** Starts a program on it. */
  run(program: string, args: readonly string[], options?: RunToolOptions): RunningTool {
    const [first = program, ...rest] = [...this.within, program, ...args];
    return runTool(first, rest, options);
  }

  /** Opens a connection from it. */
  connect(place: Place): Promise<Socket> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#opening.set(id, { resolve, reject });
      this.#agent.send({ id, ...place } satisfies ToOpen);
    });
  }

  /** What a page says that is asked for from here. */
  async page(place: Place, path: string): Promise<string> {
    const socket = await this.connect(place);
    const request = get({ path, createConnection: () => socket, headers: { connection: 'close' } });
    const [response] = await once(request, 'response');
    return text(response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#agent.exitCode !== null || this.#agent.signalCode !== null) return;
    const ended = once(this.#agent, 'exit');
    this.#agent.kill('SIGKILL');
    await ended;
  }

  #change(program: 'ip' | 'tc', commands: readonly string[]): void {
    const [first = program, ...args] = [...this.within, program, '-batch', '-'];
    const { status, stderr } = spawnSync(first, args, { input: commands.join('\n'), encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  }

  #onOpened({ id, error }: Opened, socket: Socket | undefined): void {
    const waiting = this.#opening.get(id);
    this.#opening.delete(id);
    if (socket === undefined) waiting?.reject(new Error(error));
    else if (waiting === undefined) socket.destroy();
    else waiting.resolve(socket);
  }
}

/** Why no machines can be made here; undefined where they can. */
export const whyNoMachines: string | undefined = lookForMachines();

function lookForMachines(): string | undefined {
  const pair = ['ip', 'link', 'add', 'name', 'end0', 'type', 'veth', 'peer', 'name', 'end1'];
  const { error, status, stderr } = spawnSync('unshare', ['--net', ...pair], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `no network namespaces here, which takes root and iproute2: ${error?.message ?? stderr.trim()}`;
}
