import { readFileSync, statSync } from 'node:fs';
import { fileReason, PlainError } from '../errors.ts';

/** A file of credentials has at most so many bytes. */
const MAX_BYTES = 16 * 2 ** 20;

/** A file of credentials cannot be used; the message is a sentence that names it, and nothing of what it holds. */
export class CredentialFileError extends PlainError {
  override readonly name = 'CredentialFileError';
}

/** The text of a file of credentials. @throws CredentialFileError */
export function readCredentialFile(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new CredentialFileError(`${file} has ${size} bytes, limit ${MAX_BYTES}`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CredentialFileError) throw error;
    throw new CredentialFileError(`${file} cannot be read: ${fileReason(error)}`);
  }
}

/**
 * What stands in the lines of such a file; empty lines and those that begin with `#` say nothing.
 * @param problemOf - what is wrong with a line, without repeating it
 * @throws CredentialFileError with the number of the first line that is wrong
 */
export function readCredentialLines(
  file: string,
  problemOf: (line: string) => string | undefined,
): readonly string[] {
  const lines = readCredentialFile(file).split('\n');
  const told = lines.map((line) => line.trim()).map((line) => (line.startsWith('#') ? '' : line));
  for (const [index, line] of told.entries()) {
    const problem = line === '' ? undefined : problemOf(line);
    if (problem !== undefined) throw new CredentialFileError(`${file}: line ${index + 1}: ${problem}`);
  }
  return told.filter((line) => line !== '');
}
