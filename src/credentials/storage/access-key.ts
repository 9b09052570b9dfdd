import { CredentialFileError, readCredentialLines } from '../credential-file.ts';

/** Who the relay is for a storage. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Of keys that are good for some hours only. */
  readonly sessionToken: string | undefined;
}

/**
 * Reads the file with an access key: a line with its id, one with the secret, and, where there is one, one with the session token.
 * @throws CredentialFileError
 */
export function readAccessKey(file: string): AccessKey {
  const [id, secret, sessionToken, ...rest] = readCredentialLines(file, (line) =>
    /^[\x21-\x7e]{1,8192}$/.test(line) ? undefined : 'expected a key, without spaces and other letters',
  );
  if (id === undefined || secret === undefined || rest.length > 0)
    throw new CredentialFileError(
      `${file}: expected a line with the id of an access key and one with its secret, and at most one more with a session token`,
    );
  return { id, secret, sessionToken };
}
