import { type HookSettings, secretProblem } from '../../config/hooks/hook-settings.ts';
import { CredentialFileError, readCredentialFile } from '../../credentials/credential-file.ts';

/** What the requests of a hook are signed with; undefined where they are not. @throws CredentialFileError with the file */
export function hookSecret({
  secret,
  secretFile,
}: Pick<HookSettings, 'secret' | 'secretFile'>): string | undefined {
  if (secretFile === null) return secret ?? undefined;
  const text = readCredentialFile(secretFile).trim();
  const problem = secretProblem(text);
  if (problem !== undefined) throw new CredentialFileError(`${secretFile}: ${problem}`);
  return text;
}
