import type { HouseLinkSettings } from '../../../config/house/house-link-settings.ts';
import { CredentialFileError, readCredentialFile } from '../../../credentials/credential-file.ts';

/** The key that a relay shows to its house; undefined where it has a certificate only. @throws CredentialFileError with the file */
export function readHouseKey({ keyFile }: Pick<HouseLinkSettings, 'keyFile'>): string | undefined {
  if (keyFile === null) return undefined;
  const key = readCredentialFile(keyFile).trim();
  if (!/^[\x21-\x7e]{16,1024}$/.test(key))
    throw new CredentialFileError(`${keyFile}: expected a key of 16 characters or more, without spaces`);
  return key;
}
