/** HTTP Digest authentication, with `qop=auth` alone. @see RFC 7616 */
import { createHash } from 'node:crypto';
import { isSameSecret } from './constant-time.ts';
import { type DigestCredentials, quoted } from './digest-header.ts';
import { type DigestAlgorithm, hashNames } from './password-verifiers.ts';

/** The values of WWW-Authenticate that ask for Digest, a line each. @param isStale - only the nonce was too old */
export function digestChallenges(
  algorithms: readonly DigestAlgorithm[],
  realm: string,
  nonce: string,
  isStale = false,
): string[] {
  const stale = isStale ? ', stale=true' : '';
  return algorithms.map(
    (algorithm) =>
      `Digest realm=${quoted(realm)}, qop="auth", algorithm=${algorithm}, nonce="${nonce}", charset=UTF-8${stale}`,
  );
}

/** Whether whoever sent this has the password. @param method - of the request @param ha1 - of the user, for the algorithm */
export function isDigestOf(credentials: DigestCredentials, method: string, ha1: string): boolean {
  const { algorithm, nonce, nc, cnonce, uri, response } = credentials;
  const ha2 = hashed(algorithm, `${method}:${uri}`);
  return isSameSecret(hashed(algorithm, `${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`), response);
}

/** The header's characters are bytes. */
function hashed(algorithm: DigestAlgorithm, text: string): string {
  return createHash(hashNames[algorithm]).update(text, 'latin1').digest('hex');
}
