import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What a program writes, line by line. */
export interface ProgramLines {
  /** @throws Error with what the program complains of when it ends without a line */
  next(): Promise<string>;
}

/** The lines of a program's output, one after the other. */
export function linesOf(program: ChildProcess): ProgramLines {
  let complaint = '';
  program.stderr?.on('data', (part: Buffer) => {
    complaint += part;
  });
  const closed = once(program, 'close');
  const lines = createInterface({ input: program.stdout ?? process.stdin })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await lines.next();
      if (done !== true) return value;
      await closed;
      throw new Error(complaint.trim() || 'a program has ended too soon');
    },
  };
}
