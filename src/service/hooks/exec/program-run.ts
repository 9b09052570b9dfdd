import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../stream/clock.ts';
import { killGroup, noteGroup } from './process-groups.ts';

/** So much of what a program writes is kept, bytes of each output; the rest is read and forgotten. */
const MAX_OUTPUT_BYTES = 4096;

/** What a program that has ended wrote is read within this time, milliseconds. */
const LAST_OUTPUT_MS = 500;

/** How a program has ended. */
export type ProgramEnd =
  | { readonly is: 'exit'; readonly code: number; readonly output: string }
  | { readonly is: 'killed'; readonly by: string; readonly output: string }
  /** It was still there when its time was over, or when the relay has stopped. */
  | { readonly is: 'cut'; readonly output: string }
  | { readonly is: 'not-started'; readonly problem: string };

/** What is run. */
export interface ProgramWish {
  /** Path of the program from the root. */
  readonly program: string;
  readonly args: readonly string[];
  /** All that is in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Runs a program without a shell, in a process group of its own, which ends with it: whatever it has started there goes, too.
 * Resolves when it has ended.
 * @param signal - ends it at once
 */
export function runProgram(wish: ProgramWish, clock: Clock, signal: AbortSignal): Promise<ProgramEnd> {
  const { program, args, env, timeoutMs } = wish;
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const stdio = ['ignore', 'pipe', 'pipe'] as const;
      child = spawn(program, args, { env, cwd: '/', detached: true, stdio: [...stdio], windowsHide: true });
    } catch (error) {
      resolve({ is: 'not-started', problem: String(error) }); // too many processes or files
      return;
    }
    const { pid: group } = child;
    if (group !== undefined) noteGroup(group, true);
    const outputs = [child.stdout, child.stderr].map((stream) => new OutputStart(stream));
    let isCut = false;
    const cut = (): void => {
      isCut = true;
      if (group !== undefined) killGroup(group);
    };
    let stopWaiting = clock.after(timeoutMs, cut);
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut);
    const finish = (end: ProgramEnd): void => {
      if (group !== undefined) noteGroup(group, false);
      stopWaiting();
      signal.removeEventListener('abort', cut);
      for (const output of outputs) output.close();
      resolve(end);
    };
    child.once('error', ({ message }) => finish({ is: 'not-started', problem: message }));
    child.once('exit', (code, by) => {
      if (group !== undefined) killGroup(group);
      stopWaiting();
      const onRead = (): void => finish(endOf(code, by, isCut, outputs.map(({ text }) => text).join('')));
      stopWaiting = clock.after(LAST_OUTPUT_MS, onRead); // who has left the group may hold the outputs open
      child.once('close', onRead);
    });
  });
}

function endOf(code: number | null, by: string | null, isCut: boolean, output: string): ProgramEnd {
  if (isCut) return { is: 'cut', output };
  return code === null ? { is: 'killed', by: by ?? '', output } : { is: 'exit', code, output };
}

/** The beginning of what a program writes. */
class OutputStart {
  readonly #stream: Readable | null;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(stream: Readable | null) {
    this.#stream = stream;
    stream?.on('error', () => {});
    stream?.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, MAX_OUTPUT_BYTES - this.#bytes);
      this.#bytes += kept.length;
      if (kept.length > 0) this.#chunks.push(kept);
    });
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  /** Reads no more: whoever else holds the other end waits for nobody. */
  close(): void {
    this.#stream?.destroy();
  }
}
