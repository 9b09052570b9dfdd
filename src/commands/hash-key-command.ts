import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { CredentialFileError, readCredentialLines } from '../credentials/credential-file.ts';
import { hashKey, isKeyHash, storedKeyProblem } from '../credentials/key-hash.ts';
import { isRelayKeyHash, relayKeyProblem, saltedRelayKey } from '../credentials/relay-key.ts';
import { readSecret } from './typed-secret.ts';

/** Of a new key; in base64url it has 32 characters. */
const KEY_BYTES = 24;

/** What a key is for, and in which form it is stored. */
export interface KeyForm {
  /** Where the stored form belongs. */
  readonly place: string;
  isHash(text: string): boolean;
  /** What is wrong with a key. */
  problemOf(key: string): string | undefined;
  stored(key: string): string;
}

/** The keys of `access.rules`. */
export const ruleKey: KeyForm = {
  place: 'access.rules',
  isHash: isKeyHash,
  problemOf: storedKeyProblem,
  stored: hashKey,
};

/** The keys of relays. */
export const relayKey: KeyForm = {
  place: 'the roster of a house',
  isHash: isRelayKeyHash,
  problemOf: relayKeyProblem,
  stored: (key) => saltedRelayKey(key),
};

/** Describes the command that makes keys, and what is stored of them. */
export function describeHashKey(command: Command, { place, isHash, problemOf, stored }: KeyForm): void {
  command
    .description(`make a random key, and the hash of it for ${place}`)
    .option('--stdin', 'hash the key that is read from standard input instead')
    .option('--file <file>', 'hash the key that is all that this file holds instead')
    .action(async ({ stdin = false, file }: { readonly stdin?: boolean; readonly file?: string }) => {
      if (stdin && file !== undefined) command.error('error: expected either --stdin or --file');
      if (!stdin && file === undefined) {
        const key = randomBytes(KEY_BYTES).toString('base64url');
        console.log(`key     ${key}\nstored  ${stored(key)}`);
        return;
      }
      const key = file === undefined ? await readSecret(command, 'key') : keyIn(file, command);
      const problem = isHash(key) ? 'expected a key, got a hash' : problemOf(key);
      if (problem !== undefined) command.error(`error: ${problem}`);
      console.log(stored(key));
    });
}

function keyIn(file: string, command: Command): string {
  try {
    const [key, ...more] = readCredentialLines(file, () => undefined);
    if (key !== undefined && more.length === 0) return key;
    throw new CredentialFileError(`${file}: expected one line, the key`);
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    return command.error(`error: ${error.message}`);
  }
}
