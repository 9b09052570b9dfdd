/** JSON Web Tokens: which key a token is checked with, and what it has to say. @see RFC 7519, RFC 8725 */
import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import { TokenError } from './token-error.ts';
import type { VerifyingKey } from './verifying-key.ts';

/** Characters of the longest token that is looked at. */
export const maxTokenLength = 8192;

/** A token that does not name its key is tried with so many at most. */
const MAX_TRIES = 4;

/** What a token has to say to be good for anything. */
export interface TokenTerms {
  /** One of these has issued it; empty: anybody who has the key. */
  readonly issuers: readonly string[];
  /** It is for one of these; empty: for anybody. */
  readonly audiences: readonly string[];
  /** It is good for so long after its `iat`; null: until its `exp`, which it then needs. Milliseconds. */
  readonly maxAgeMs: number | null;
  /** How much the clocks of issuer and server may differ, milliseconds. */
  readonly clockToleranceMs: number;
  /** Claims that it needs besides. */
  readonly requiredClaims: readonly string[];
}

/** What a right token says, and until when it is good. */
export interface CheckedToken {
  readonly claims: JWTPayload;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

/** Checks signature and claims. @param nowMs - since 1970 @throws TokenError */
export async function checkToken(
  token: string,
  keys: readonly VerifyingKey[],
  terms: TokenTerms,
  nowMs: number,
): Promise<CheckedToken> {
  if (token.length > maxTokenLength)
    throw new TokenError('broken', `the token has ${token.length} characters, limit ${maxTokenLength}`);
  const options = optionsOf(terms, nowMs);
  let wrong: unknown;
  for (const { key, algorithms } of candidates(token, keys)) {
    try {
      const { payload } = await jwtVerify(token, key, { ...options, algorithms: [...algorithms] });
      return { claims: payload, untilMs: endOf(payload, terms) };
    } catch (error) {
      wrong = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw asTokenError(wrong);
}

function optionsOf(terms: TokenTerms, nowMs: number): JWTVerifyOptions {
  const { issuers, audiences, maxAgeMs, clockToleranceMs, requiredClaims } = terms;
  return {
    currentDate: new Date(nowMs),
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: maxAgeMs === null ? ['exp', ...requiredClaims] : [...requiredClaims],
    ...(issuers.length > 0 ? { issuer: [...issuers] } : {}),
    ...(audiences.length > 0 ? { audience: [...audiences] } : {}),
    ...(maxAgeMs === null ? {} : { maxTokenAge: maxAgeMs / 1000 }),
  };
}

/** The keys that a token can be signed with, going by its header: at least one, and few. @throws TokenError */
function candidates(token: string, keys: readonly VerifyingKey[]): readonly VerifyingKey[] {
  const { alg, kid } = headerOf(token);
  // a key without a name, such as one in a PEM file, may go by any
  const named = keys.filter((key) => kid === undefined || key.kid === undefined || key.kid === kid);
  if (named.length === 0)
    throw new TokenError('unknown-key', 'the token is signed with a key that this server does not know');
  const fit = named.filter(({ algorithms }) => alg !== undefined && algorithms.includes(alg));
  if (fit.length === 0)
    throw new TokenError('broken', 'the token is signed in a way that does not fit the keys of this server');
  if (fit.length > MAX_TRIES)
    throw new TokenError('broken', 'the token does not say with which of many keys it is signed');
  return fit;
}

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token);
  } catch (error) {
    throw asTokenError(error);
  }
}

function endOf({ exp, iat }: JWTPayload, { maxAgeMs, clockToleranceMs }: TokenTerms): number {
  const ends = [
    exp === undefined ? [] : exp * 1000,
    maxAgeMs === null || iat === undefined ? [] : iat * 1000 + maxAgeMs,
  ];
  return Math.min(...ends.flat()) + clockToleranceMs;
}

function asTokenError(error: unknown): TokenError {
  if (error instanceof errors.JWTExpired) return new TokenError('expired', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return new TokenError('unfit', claimSentence(error.claim, error.reason));
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new TokenError('broken', 'the token is wrong: it was altered, or signed with another key');
  return new TokenError(
    'broken',
    'the token is not a signed JSON Web Token: it was cut, altered or is something else',
  );
}

function claimSentence(claim: string, reason: string): string {
  if (reason === 'missing') return `the token lacks the claim ${claim}`;
  if (reason === 'invalid') return `the token's claim ${claim} does not make sense`;
  if (claim === 'nbf' || claim === 'iat') return 'the token is not valid yet';
  if (claim === 'aud') return 'the token is for another audience';
  if (claim === 'iss') return 'the token is from another issuer';
  return `the token's claim ${claim} is not as it should be`;
}
