import { CredentialFileError, readCredentialLines } from '../credentials/credential-file.ts';
import { secretLineProblem, secretProblem } from '../credentials/signed-url.ts';

/** Secrets of a file by id; under an empty id the secret of a file that holds nothing else. */
export type FileSecrets = ReadonlyMap<string, string>;

/** Reads a file that holds either a secret alone or lines `ID SECRET`. @throws CredentialFileError */
export function readSecrets(file: string): FileSecrets {
  const lines = readCredentialLines(file, (line) =>
    /\s/.test(line) ? secretLineProblem(line) : secretProblem(line),
  );
  const secrets = lines
    .map((line) => line.split(/\s+/))
    .map(([id = '', secret]) => (secret === undefined ? (['', id] as const) : ([id, secret] as const)));
  if (secrets.length > 1 && secrets.some(([id]) => id === ''))
    throw new CredentialFileError(`${file}: expected one secret, or lines of an id, a space and a secret`);
  return new Map(secrets);
}

/** The secret of an id, or the only one of a file that holds no ids. @throws CredentialFileError when there is none */
export function secretOf(file: string, id: string): string {
  const secrets = readSecrets(file);
  const secret = secrets.get(id) ?? secrets.get('');
  if (secret === undefined) throw new CredentialFileError(`${file} holds no secret of the id ${id}`);
  return secret;
}
