import { type JwtRequirement, sharedSecretProblem } from '../../../config/access/jwt-requirement.ts';
import { KeyPattern } from '../../../config/key-pattern.ts';
import { CredentialFileError, readCredentialFile } from '../../../credentials/credential-file.ts';
import { readKeySet } from '../../../credentials/jwt/key-set.ts';
import { TokenCache } from '../../../credentials/jwt/token-cache.ts';
import { readClaims, type StreamClaims } from '../../../credentials/jwt/token-claims.ts';
import { isTokenLike, TokenError } from '../../../credentials/jwt/token-error.ts';
import {
  KeyError,
  publicKeys,
  sharedKey,
  type VerifyingKey,
} from '../../../credentials/jwt/verifying-key.ts';
import type { QueryParameters } from '../../../credentials/query-parameters.ts';
import type { KeySource } from './key-sets/key-source.ts';
import { absent, type Proof, type ProofQuestion, type Verifier, type VerifierParts } from './verifier.ts';

/** What a token allows, once it was checked. */
interface Rights extends StreamClaims {
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  readonly patterns: readonly KeyPattern[] | undefined;
}

const noKeys: Proof = {
  ...{ is: 'wrong', isFailure: false, refused: 'credentials' },
  description: 'the server has no keys now that tokens could be checked with',
};

/** Lets in who has a JSON Web Token. @throws CredentialFileError */
export function jwtVerifier(settings: JwtRequirement, parts: VerifierParts): Verifier {
  const source = sourceOf(settings, parts);
  const tokens = new Tokens(settings, source, parts);
  return {
    kind: 'jwt',
    parameters: ['jwt', 'pass'],
    wants: 'a JSON Web Token (?jwt=...)',
    verify(question, shown) {
      const token = tokenIn(question, shown);
      if (token === undefined) return absent;
      const known = tokens.known(token);
      return known === undefined ? tokens.check(token, question) : judge(known, question, parts);
    },
  };
}

/** Checks tokens, and remembers those that are right. */
class Tokens {
  readonly #settings: JwtRequirement;
  readonly #source: KeySource;
  readonly #parts: VerifierParts;
  readonly #cache = new TokenCache<Rights>();
  /** Those with which the tokens in the cache were checked. */
  #keys: readonly VerifyingKey[] | undefined;
  /** Loaded by those who have tokens to check, and by nobody else. */
  readonly #checking = import('../../../credentials/jwt/json-web-token.ts');

  constructor(settings: JwtRequirement, source: KeySource, parts: VerifierParts) {
    this.#settings = settings;
    this.#source = source;
    this.#parts = parts;
  }

  /** What a token allows that was checked before, and with the keys of now. */
  known(token: string): Rights | undefined {
    const keys = this.#source.current;
    if (keys !== undefined && keys === this.#keys) return this.#cache.get(token, this.#parts.wallMs());
    return undefined;
  }

  async check(token: string, question: ProofQuestion): Promise<Proof> {
    try {
      const rights = await this.#rightsOf(token);
      return rights === undefined ? noKeys : judge(rights, question, this.#parts);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      return proofOf(error);
    }
  }

  /** Undefined where there are no keys. @throws TokenError */
  async #rightsOf(token: string): Promise<Rights | undefined> {
    const keys = this.#source.current ?? (await this.#source.keys());
    if (keys === undefined) return undefined;
    try {
      return await this.#checkWith(keys, token);
    } catch (error) {
      const isUnknown = error instanceof TokenError && error.kind === 'unknown-key';
      const others = isUnknown ? await this.#source.lookAgain?.() : undefined;
      if (others === undefined || others === keys) throw error;
      return await this.#checkWith(others, token);
    }
  }

  async #checkWith(keys: readonly VerifyingKey[], token: string): Promise<Rights> {
    const { issuer: issuers, audience: audiences, claims: paths, ...rest } = this.#settings;
    const { checkToken } = await this.#checking;
    const terms = { ...rest, issuers, audiences };
    const { claims, untilMs } = await checkToken(token, keys, terms, this.#parts.wallMs());
    const said = readClaims(claims, paths);
    const rights = { ...said, untilMs, patterns: said.streams?.map(patternOf) };
    if (this.#keys !== keys) {
      this.#keys = keys;
      this.#cache.clear();
    }
    this.#cache.set(token, rights);
    return rights;
  }
}

function judge(rights: Rights, { verb, key }: ProofQuestion, { clock, wallMs }: VerifierParts): Proof {
  const { verbs, patterns, identity, limits, untilMs } = rights;
  // whoever has a token for something else is no relay and no operator yet
  const isAllowed = verbs?.includes(verb) ?? (verb === 'publish' || verb === 'play');
  if (!isAllowed) return proofOf(new TokenError('unfit', `the token does not allow to ${verb}`));
  if (verb !== 'operate' && patterns?.some((pattern) => pattern.matches(key)) === false)
    return proofOf(new TokenError('unfit', 'the token is not for this stream'));
  return {
    is: 'proven',
    until: clock.now() + (untilMs - wallMs()),
    limits,
    ...(identity === undefined ? {} : { identity }),
  };
}

function proofOf({ kind, message }: TokenError): Proof {
  const wrong = { is: 'wrong', description: message } as const;
  if (kind === 'expired') return { ...wrong, isFailure: false };
  if (kind === 'unfit') return { ...wrong, isFailure: false, refused: 'credentials' };
  return { ...wrong, isFailure: true };
}

/** @throws TokenError */
function patternOf(text: string): KeyPattern {
  if (KeyPattern.problem(text) !== undefined)
    throw new TokenError('unfit', 'the token names streams by a pattern that makes no sense');
  return new KeyPattern(text);
}

/** A password is not taken for a token, for others may be asked for that. */
function tokenIn({ credentials }: ProofQuestion, shown: QueryParameters): string | undefined {
  const token = credentials.token ?? shown.get('jwt');
  if (token !== undefined) return token;
  const password = shown.get('pass');
  return password !== undefined && isTokenLike(password) ? password : undefined;
}

function sourceOf(settings: JwtRequirement, { keySets }: VerifierParts): KeySource {
  const { secret, secretFile, publicKeyFile, jwksFile, jwksUrl, jwksRefreshMs, jwksKeepMs } = settings;
  if (jwksUrl !== null) return keySets.open(jwksUrl, { refreshMs: jwksRefreshMs, keepMs: jwksKeepMs });
  if (publicKeyFile !== null) return held(keysOf(publicKeyFile, publicKeys));
  if (jwksFile !== null) return held(keysOf(jwksFile, readKeySet));
  return held([sharedKey(secret ?? secretOf(secretFile ?? ''))]);
}

function held(keys: readonly VerifyingKey[]): KeySource {
  return { current: keys, keys: async () => keys };
}

function keysOf(file: string, read: (text: string) => readonly VerifyingKey[]): readonly VerifyingKey[] {
  try {
    return read(readCredentialFile(file));
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new CredentialFileError(`${file} cannot be used: ${error.message}`);
  }
}

/** The end of the line is not part of it. */
function secretOf(file: string): string {
  const secret = readCredentialFile(file).replace(/\r?\n$/, '');
  const problem = sharedSecretProblem(secret);
  if (problem !== undefined) throw new CredentialFileError(`${file}: ${problem}`);
  return secret;
}
