import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
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
    .action(async ({ stdin = false }: { readonly stdin?: boolean }) => {
      if (!stdin) {
        const key = randomBytes(KEY_BYTES).toString('base64url');
        console.log(`key     ${key}\nstored  ${stored(key)}`);
        return;
      }
      const key = await readSecret(command, 'key');
      const problem = isHash(key) ? 'expected a key, got a hash' : problemOf(key);
      if (problem !== undefined) command.error(`error: ${problem}`);
      console.log(stored(key));
    });
}
