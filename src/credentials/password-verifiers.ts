/**
 * What is stored of a user's password: a line `USER:VERIFIER VERIFIER ...`, as `streampump hash-password` writes it.
 *
 * | verifier | for | whoever reads it |
 * | --- | --- | --- |
 * | `$scrypt$ln=15,r=8,p=1$SALT$KEY` | a password that is sent | can only guess |
 * | `$rtmp$SALT$HASH` | the challenge of RTMP, Base64 of MD5(user + salt + password) | can log in over RTMP |
 * | `$digest-md5$REALM$HASH`, `$digest-sha256$REALM$HASH` | HTTP Digest, HA1 in hexadecimal, the realm percent-encoded | can log in over HTTP |
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  formatScryptHash,
  parseScryptHash,
  SCRYPT_COST,
  type ScryptHash,
  scryptHash,
} from './scrypt-hash.ts';

/** What can check that somebody knows a user's password. */
export interface PasswordVerifiers {
  readonly user: string;
  readonly scrypt: ScryptHash;
  /** For the challenge of RTMP; undefined where that is not offered. */
  readonly rtmp?: RtmpVerifier;
  /** For HTTP Digest, HA1 by algorithm; none where that is not offered. */
  readonly digest: Readonly<Partial<Record<DigestAlgorithm, DigestVerifier>>>;
}

/** For the challenge of RTMP: as good as the password there. */
export interface RtmpVerifier {
  /** Goes into a query as it is. */
  readonly salt: string;
  /** Base64 of MD5(user + salt + password). */
  readonly hash: string;
}

/** For HTTP Digest: as good as the password there. */
export interface DigestVerifier {
  readonly realm: string;
  /** H(user:realm:password) in hexadecimal. @see RFC 7616 section 3.4.2 */
  readonly ha1: string;
}

/** Algorithms of HTTP Digest, as its messages name them, the better first. */
export const digestAlgorithms = ['SHA-256', 'MD5'] as const;

/** One of {@link digestAlgorithms}. */
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** What can be made of a password besides its scrypt hash; password-equivalent, so only for those who need it. */
export const extraVerifiers = ['rtmp', 'digest'] as const;

/** One of {@link extraVerifiers}. */
export type ExtraVerifier = (typeof extraVerifiers)[number];

/** Longest name of a user, and longest password, bytes of UTF-8. */
export const MAX_USER_BYTES = 128;
export const MAX_PASSWORD_BYTES = 1024;

const MAX_LINE_LENGTH = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

/** Why a text cannot be a user's name, as a sentence that begins with "expected"; undefined when it can. */
export function userProblem(user: string): string | undefined {
  const size = Buffer.byteLength(user);
  if (size === 0 || size > MAX_USER_BYTES) return `expected a user of 1 to ${MAX_USER_BYTES} bytes`;
  if (controlCharacter.test(user) || !user.isWellFormed())
    return 'expected a user without control characters';
  if (/[:&]/.test(user)) return 'expected a user without ":" and "&"';
  if (/^[#\s]|\s$/.test(user)) return 'expected a user that begins with no "#" and has no spaces around it';
  return undefined;
}

/** Why a text cannot be a realm, as {@link userProblem} says it. */
export function realmProblem(realm: string): string | undefined {
  return /^[\x20-\x7e]{1,128}$/.test(realm) ? undefined : 'expected 1 to 128 printable ASCII characters';
}

/** Why a text cannot be a password, as {@link userProblem} says it. */
export function passwordProblem(password: string): string | undefined {
  const size = Buffer.byteLength(password);
  if (size === 0 || size > MAX_PASSWORD_BYTES)
    return `expected a password of 1 to ${MAX_PASSWORD_BYTES} bytes`;
  return password.isWellFormed() && !controlCharacter.test(password)
    ? undefined
    : 'expected a password without control characters';
}

/**
 * Reads a line.
 * @returns the verifiers, or what is wrong, as a sentence that begins with "expected" and repeats nothing of the line
 */
export function parseVerifiers(line: string): PasswordVerifiers | string {
  if (line.length > MAX_LINE_LENGTH) return `expected at most ${MAX_LINE_LENGTH} characters for a user`;
  const [, user, rest] = /^([^:]*):(.*)$/s.exec(line) ?? [];
  if (user === undefined || rest === undefined)
    return 'expected USER:VERIFIER, as streampump hash-password prints it';
  const problem = userProblem(user);
  if (problem !== undefined) return problem;
  let scrypt: ScryptHash | undefined;
  let rtmp: RtmpVerifier | undefined;
  const digest: Partial<Record<DigestAlgorithm, DigestVerifier>> = {};
  for (const text of rest.split(' ').filter((part) => part !== '')) {
    const found = parseVerifier(text);
    if (found === undefined) return 'expected verifiers as streampump hash-password prints them';
    if ('costExponent' in found) scrypt = found;
    else if ('salt' in found) rtmp = found;
    else digest[found.algorithm] = { realm: found.realm, ha1: found.ha1 };
  }
  if (scrypt === undefined) return 'expected a verifier that begins with $scrypt$';
  return { user, scrypt, ...(rtmp === undefined ? {} : { rtmp }), digest };
}

/** The line that {@link parseVerifiers} reads, for a user and a password that have no problem. @param realm - of HTTP Digest */
export async function hashPassword(
  user: string,
  password: string,
  extra: readonly ExtraVerifier[] = [],
  realm = '',
): Promise<string> {
  const verifiers = [formatScryptHash(await scryptHash(password, { ...SCRYPT_COST, salt: randomBytes(16) }))];
  if (extra.includes('rtmp')) {
    const salt = randomBytes(6).toString('base64url');
    verifiers.push(`$rtmp$${salt}$${rtmpHash(user, salt, password)}`);
  }
  if (extra.includes('digest')) {
    for (const algorithm of digestAlgorithms.toReversed()) {
      const name = algorithm.toLowerCase().replace('-', '');
      verifiers.push(
        `$digest-${name}$${encodeURIComponent(realm)}$${digestHa1(algorithm, user, realm, password)}`,
      );
    }
  }
  return `${user}:${verifiers.join(' ')}`;
}

/** What a client makes of its password for the challenge of RTMP, before it answers. */
export function rtmpHash(user: string, salt: string, password: string): string {
  return createHash('md5').update(user).update(salt).update(password).digest('base64');
}

/** What a client makes of its password for HTTP Digest, before it answers. @see RFC 7616 section 3.4.2 */
export function digestHa1(algorithm: DigestAlgorithm, user: string, realm: string, password: string): string {
  return createHash(hashNames[algorithm]).update(`${user}:${realm}:${password}`).digest('hex');
}

/** Algorithms of HTTP Digest, as node:crypto names them. */
export const hashNames: Readonly<Record<DigestAlgorithm, string>> = { 'SHA-256': 'sha256', MD5: 'md5' };

type Parsed = ScryptHash | RtmpVerifier | (DigestVerifier & { readonly algorithm: DigestAlgorithm });

function parseVerifier(text: string): Parsed | undefined {
  const [, salt, hash] = /^\$rtmp\$([\w-]{1,64})\$([A-Za-z0-9+/]{22}==)$/.exec(text) ?? [];
  if (salt !== undefined && hash !== undefined) return { salt, hash };
  const [, name, encoded, ha1] =
    /^\$digest-(md5|sha256)\$([\w%.~!*'()-]{1,384})\$([0-9a-f]+)$/.exec(text) ?? [];
  if (name === undefined || encoded === undefined || ha1 === undefined) return parseScryptHash(text);
  const algorithm = name === 'md5' ? 'MD5' : 'SHA-256';
  const realm = decoded(encoded);
  const isWhole = ha1.length === (name === 'md5' ? 32 : 64);
  return isWhole && realm !== undefined ? { algorithm, realm, ha1 } : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
