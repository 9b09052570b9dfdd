import type { SnmpSettings } from '../../../config/admin/snmp-settings.ts';
import { CredentialFileError, readCredentialLines } from '../../../credentials/credential-file.ts';
import type { SnmpUser } from './user-keys.ts';

/** A shorter secret of a user is found by trying. @see RFC 3414 section 11.2 */
const MIN_SECRET_LENGTH = 8;

/** Who may read. */
export interface SnmpSecrets {
  readonly communities: readonly string[];
  readonly users: readonly SnmpUser[];
}

/** Reads the secrets that settings name. @throws CredentialFileError */
export function readSnmpSecrets({ communityFile, users }: SnmpSettings): SnmpSecrets {
  return {
    communities: communityFile === null ? [] : readCredentialLines(communityFile, () => undefined),
    users: users.map(({ name, authProtocol, privProtocol, authFile, privFile }) => ({
      ...{ name, authProtocol, privProtocol },
      authSecret: readSecret(authFile),
      privSecret: privFile === null ? undefined : readSecret(privFile),
    })),
  };
}

function readSecret(file: string): string {
  const isLong = (line: string) => line.length >= MIN_SECRET_LENGTH;
  const [secret, ...more] = readCredentialLines(file, (line) =>
    isLong(line) ? undefined : `expected a secret of ${MIN_SECRET_LENGTH} characters or more`,
  );
  if (secret === undefined || more.length > 0) throw new CredentialFileError(`${file}: expected one secret`);
  return secret;
}
