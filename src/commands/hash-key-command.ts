import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { hashKey, isKeyHash, storedKeyProblem } from '../credentials/key-hash.ts';
import { readSecret } from './typed-secret.ts';

/** Of a new key; in base64url it has 32 characters. */
const KEY_BYTES = 24;

/** Describes the command that makes keys, and what is stored of them. */
export function describeHashKey(command: Command): void {
  command
    .description('make a random key, and the hash of it for access.rules')
    .option('--stdin', 'hash the key that is read from standard input instead')
    .action(async ({ stdin = false }: { readonly stdin?: boolean }) => {
      if (!stdin) {
        const key = randomBytes(KEY_BYTES).toString('base64url');
        console.log(`key     ${key}\nstored  ${hashKey(key)}`);
        return;
      }
      const key = await readSecret(command, 'key');
      const problem = isKeyHash(key) ? 'expected a key, got a hash' : storedKeyProblem(key);
      if (problem !== undefined) command.error(`error: ${problem}`);
      console.log(hashKey(key));
    });
}
