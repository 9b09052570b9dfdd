import { spawn } from 'node:child_process';
import { diesWithParent } from './dies-with-parent.ts';

/** How a tool is run. */
export interface RunToolOptions {
  /** Milliseconds after which the tool is killed and its output rejects. Default 60,000. */
  readonly timeLimitMs?: number;
  /** Milliseconds that `stop` waits before it kills. Default 5,000. */
  readonly stopLimitMs?: number;
  /** Written to the tool's standard input, which is empty otherwise. */
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** Variables added to the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended: its exit code, or the signal that ended it. */
export interface ToolExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real program that runs beside a test and ends with its scope. */
export interface RunningTool extends AsyncDisposable {
  readonly pid: number;
  /** All of standard output, once the tool ended with code 0; else an error with command, code and the end of stderr. */
  readonly output: Promise<string>;
  /** Standard output so far. */
  readonly stdoutBuffer: Buffer;
  /** Standard error so far. */
  readonly stderr: string;
  /** Resolves however the tool ends, once its output is complete; never rejects. */
  readonly exited: Promise<ToolExit>;
  /** Whether processes that it started were still there when it ended; they are ended then. Final once `exited` resolves. */
  readonly leftProcesses: boolean;
  /** Resolves as soon as standard output, from its beginning, matches; rejects if the tool ends without that. */
  waitForStdout(pattern: RegExp | string): Promise<RegExpMatchArray>;
  /** Resolves as soon as standard error, from its beginning, matches; rejects if the tool ends without that. */
  waitForStderr(pattern: RegExp | string): Promise<RegExpMatchArray>;
  /** Sends the signal to the tool and resolves when it has ended; kills it if that takes too long. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal to the tool (not to its children) and does not wait. False if it has ended. */
  kill(signal: NodeJS.Signals): boolean;
}

const stderrShown = 4096;

/** Process groups to end with this process. */
const liveGroups = new Set<number>();
process.on('exit', () => {
  for (const pid of liveGroups) killGroup(pid);
});

/** Ends a process group; false where nobody is left in it. */
function killGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** One output of a tool: its bytes so far, and those who wait for something in it. */
class Watched {
  readonly #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #ended: (() => Error) | undefined;

  constructor(source: NodeJS.ReadableStream) {
    source.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      for (const look of this.#waiting) look();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  /** Nothing more will come; who still waits gets this error. */
  end(error: () => Error): void {
    this.#ended = error;
    for (const look of this.#waiting) look();
  }

  waitFor(pattern: RegExp | string): Promise<RegExpMatchArray> {
    const regExp =
      typeof pattern === 'string'
        ? new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')); // those two remember where they were
    const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
    const look = () => {
      const match = this.text.match(regExp);
      if (match !== null) resolve(match);
      else if (this.#ended !== undefined) reject(new Error(`no ${regExp} came`, { cause: this.#ended() }));
      else return;
      this.#waiting.delete(look);
    };
    this.#waiting.add(look);
    look();
    return promise;
  }
}

/**
 * Starts a real program (ffmpeg, rtmpdump, curl, ...). Hold it with `await using`: it and its children end with the
 * scope, whatever happens in between, and with the test process.
 */
export function runTool(
  command: string,
  args: readonly string[],
  { timeLimitMs = 60_000, stopLimitMs = 5000, input, cwd, env }: RunToolOptions = {},
): RunningTool {
  const commandLine = [command, ...args].join(' ');
  // a worker that vitest kills does not reach the exit handler
  const [program, ...programArgs] = [...diesWithParent(), command, ...args] as [string, ...string[]];
  const child = spawn(program, programArgs, {
    stdio: 'pipe',
    detached: true, // its own process group, so that its children end with it
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const { pid } = child;
  const { promise: exited, resolve: resolveExited } = Promise.withResolvers<ToolExit>();
  const { promise: output, resolve: resolveOutput, reject: rejectOutput } = Promise.withResolvers<string>();
  output.catch(() => {}); // not everybody asks for it
  if (pid === undefined) {
    child.on('error', () => {}); // says what is thrown here
    throw new Error(`cannot start: ${commandLine}`);
  }
  liveGroups.add(pid);
  child.stdin.on('error', () => {}); // a tool need not read all of its input
  child.stdin.end(input);

  const stdout = new Watched(child.stdout);
  const stderr = new Watched(child.stderr);
  let isOver = false;
  let isOutOfTime = false;
  let leftProcesses = false;
  const timeLimit = setTimeout(() => {
    isOutOfTime = true;
    killGroup(pid);
  }, timeLimitMs);

  const failure = ({ code, signal }: ToolExit): Error => {
    const how = isOutOfTime
      ? `not done within ${timeLimitMs} ms, killed`
      : `ended with ${signal === null ? `code ${code}` : `signal ${signal}`}`;
    return new Error(`${commandLine}: ${how}\n${stderr.bytes.subarray(-stderrShown).toString()}`);
  };
  child.on('exit', () => {
    isOver = true;
    clearTimeout(timeLimit);
    leftProcesses = killGroup(pid); // children that it left, which may also hold its outputs open
    liveGroups.delete(pid);
  });
  child.on('close', (code, signal) => {
    const exit: ToolExit = { code, signal };
    stdout.end(() => failure(exit));
    stderr.end(() => failure(exit));
    if (code === 0) resolveOutput(stdout.text);
    else rejectOutput(failure(exit));
    resolveExited(exit);
  });

  const kill = (signal: NodeJS.Signals): boolean => !isOver && child.kill(signal);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const impatience = setTimeout(() => killGroup(pid), stopLimitMs);
    kill(signal);
    await exited;
    clearTimeout(impatience);
  };
  return {
    pid,
    output,
    exited,
    get leftProcesses() {
      return leftProcesses;
    },
    get stdoutBuffer() {
      return stdout.bytes;
    },
    get stderr() {
      return stderr.text;
    },
    waitForStdout: (pattern) => stdout.waitFor(pattern),
    waitForStderr: (pattern) => stderr.waitFor(pattern),
    stop,
    kill,
    [Symbol.asyncDispose]: () => stop('SIGKILL'),
  };
}
