import type { Requirement } from '../../../config/access/requirements.ts';
import { certificateVerifier } from './certificate-verifier.ts';
import { jwtVerifier } from './jwt-verifier.ts';
import { keyVerifier } from './key-verifier.ts';
import { PasswordVerifier } from './password-verifier.ts';
import { signedVerifier } from './signed-verifier.ts';
import type { Verifier, VerifierParts } from './verifier.ts';

/** How the verifier of each kind of credential is made: a line for each. */
const makers: {
  readonly [Kind in Requirement['type']]: (
    settings: Extract<Requirement, { type: Kind }>,
    parts: VerifierParts,
  ) => Verifier;
} = {
  certificate: certificateVerifier,
  jwt: jwtVerifier,
  key: keyVerifier,
  signed: signedVerifier,
  password: (settings, parts) => new PasswordVerifier(settings, parts),
};

/** Makes what checks an entry of `require`. @throws CredentialFileError when a file of it cannot be used */
export function makeVerifier(settings: Requirement, parts: VerifierParts): Verifier {
  const make: (settings: never, parts: VerifierParts) => Verifier = makers[settings.type];
  return make(settings as never, parts);
}
