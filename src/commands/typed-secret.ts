import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';

/** Longer input is no secret that anybody would write, bytes. */
const MAX_BYTES = 4096;

/**
 * Asks for a secret twice on a terminal, which does not show it; reads it from standard input where that is none. Where there is no
 * secret to be had, the command ends with a sentence.
 * @param what - as people call it
 */
export async function readSecret(command: Command, what: string): Promise<string> {
  const fail = (problem: string): never => command.error(`error: ${problem}`);
  if (!process.stdin.isTTY) return readPiped(fail);
  const secret = await ask(`${what}: `, fail);
  return secret === (await ask(`${what} again: `, fail)) ? secret : fail('the two are not the same');
}

async function ask(prompt: string, fail: (problem: string) => never): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  process.stderr.write(prompt); // now that the terminal does not show what is typed
  const left = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined))); // Ctrl-C, Ctrl-D
  const typed = await Promise.race([terminal.question(''), left]);
  terminal.close();
  process.stderr.write('\n');
  return typed ?? fail('nothing was typed');
}

async function readPiped(fail: (problem: string) => never): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BYTES) fail(`standard input has more than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const line = text.replace(/\r?\n$/, ''); // most programs write it
  if (line === '') fail('standard input is empty');
  if (/[\r\n]/.test(line)) fail('standard input has more than one line');
  return line.includes('\ufffd') ? fail('standard input is not UTF-8') : line;
}
