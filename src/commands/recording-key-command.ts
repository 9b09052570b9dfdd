import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { CredentialFileError } from '../credentials/credential-file.ts';
import { newRecordingKey, readRecordingKey } from '../credentials/recording-key.ts';
import { fileReason } from '../errors.ts';

/** Describes the command that makes files with keys of recordings. */
export function describeRecordingKey(command: Command): void {
  command
    .description('make a file with a new key that encrypts recordings, and print the id of the key')
    .argument('<file>', 'the file, which is not there yet and which only its owner may read')
    .option('--id', 'print the id of the key that the file holds already instead')
    .action(async (file: string, { id = false }: { readonly id?: boolean }) => {
      try {
        if (!id) await makeKeyFile(file);
        console.log(readRecordingKey(file).id);
      } catch (error) {
        if (!(error instanceof CredentialFileError)) throw error;
        command.error(`error: ${error.message}`);
      }
    });
}

/** @throws CredentialFileError where there is a file, or none can be made */
async function makeKeyFile(file: string): Promise<void> {
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.chmod(0o600); // whatever the umask takes away
    await handle.writeFile(`${newRecordingKey()}\n`);
    await handle.sync();
  } catch (error) {
    throw new CredentialFileError(`${file} cannot be made: ${fileReason(error)}`);
  }
}
