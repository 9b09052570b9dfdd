import { createInterface } from 'node:readline/promises';

/**
 * Asks on the terminal whether to go on. Where nobody could answer, nobody is asked, and the answer is yes.
 * @param question - a sentence that says what would happen
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<string>((resolve) => {
    terminal.once('SIGINT', () => resolve('no'));
    terminal.once('close', () => resolve('no')); // Ctrl-D
  });
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), left]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
