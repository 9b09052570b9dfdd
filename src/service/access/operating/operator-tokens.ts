import type { AdminRole, AdminTokenSettings } from '../../../config/admin/admin-settings.ts';
import { readCredentialLines } from '../../../credentials/credential-file.ts';
import { storedKeyProblem } from '../../../credentials/key-hash.ts';
import { KeyRing } from '../../../credentials/key-ring.ts';

/** Who has a token. */
export interface TokenHolder {
  readonly name: string;
  readonly role: AdminRole;
}

/** The tokens of the admin API, which are looked up in a time that says nothing of them. */
export class OperatorTokens {
  readonly #holders: ReadonlyMap<string, TokenHolder>;
  readonly #ring: KeyRing;

  /** @throws CredentialFileError when a file cannot be used */
  constructor(settings: readonly AdminTokenSettings[]) {
    this.#holders = new Map(settings.map(({ name, role }) => [name, { name, role }]));
    this.#ring = new KeyRing(
      settings.flatMap(({ name, file }) => readTokens(file).map((key) => ({ name, key }))),
    );
  }

  /** Undefined where nobody has it. */
  find(token: string): TokenHolder | undefined {
    const { name } = this.#ring.find(token) ?? {};
    return name === undefined ? undefined : this.#holders.get(name);
  }
}

/** The tokens in a file, as they are or as hashes. @throws CredentialFileError */
export function readTokens(file: string): readonly string[] {
  return readCredentialLines(file, storedKeyProblem);
}
