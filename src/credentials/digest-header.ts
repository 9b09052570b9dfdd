import { type DigestAlgorithm, digestAlgorithms } from './password-verifiers.ts';

/** What a client sends that has the password, behind `Authorization: Digest`. @see RFC 7616 section 3.4 */
export interface DigestCredentials {
  readonly user: string;
  readonly realm: string;
  readonly nonce: string;
  /** The target of the request, as the client sent it. */
  readonly uri: string;
  readonly algorithm: DigestAlgorithm;
  /** How often the client has used the nonce, 8 hexadecimal digits. */
  readonly nc: string;
  readonly cnonce: string;
  /** In hexadecimal, small letters. */
  readonly response: string;
}

const MAX_LENGTH = 8192;
const MAX_PARAMETERS = 24;

/** A token, then a token or a quoted string; what stands between is a comma. @see RFC 9110 section 11.2 */
const parameter = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))\s*(?:,|$)/sy;

/**
 * Reads what stands behind the scheme; undefined where something is missing, is there twice or is not offered: other
 * algorithms, no quality of protection, hashed names of users.
 */
export function parseDigestCredentials(text: string): DigestCredentials | undefined {
  const found = parseParameters(text);
  if (found === undefined) return undefined;
  const algorithm = digestAlgorithms.find((name) => name === (found.get('algorithm') ?? 'MD5').toUpperCase());
  const user = userOf(found);
  const [realm, nonce, uri, nc, cnonce, response] = ['realm', 'nonce', 'uri', 'nc', 'cnonce', 'response'].map(
    (name) => found.get(name),
  );
  if (algorithm === undefined || user === undefined || found.get('qop') !== 'auth') return undefined;
  if (found.get('userhash')?.toLowerCase() === 'true') return undefined;
  if (realm === undefined || nonce === undefined || uri === undefined) return undefined;
  if (nc === undefined || cnonce === undefined || response === undefined) return undefined;
  if (!/^[0-9a-f]{8}$/i.test(nc) || !/^[0-9a-f]{32,64}$/i.test(response)) return undefined;
  return { user, realm, nonce, uri, algorithm, nc, cnonce, response: response.toLowerCase() };
}

/** Parameters of a challenge or of credentials by name, in small letters; undefined where they cannot be read, or one is there twice. */
export function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const found = new Map<string, string>();
  parameter.lastIndex = 0;
  while (parameter.lastIndex < text.length) {
    const [, name, quoted, token = ''] = parameter.exec(text) ?? [];
    if (name === undefined || found.size >= MAX_PARAMETERS || found.has(name.toLowerCase())) return undefined;
    found.set(name.toLowerCase(), quoted?.replace(/\\(.)/gs, '$1') ?? token);
  }
  return found;
}

/** As a quoted string; for what holds no line ends. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The header's bytes come as one character each; names are UTF-8, or in the extended notation. @see RFC 7616 section 3.4, RFC 5987 */
function userOf(found: ReadonlyMap<string, string>): string | undefined {
  const extended = found.get('username*');
  const plain = found.get('username');
  if (extended === undefined) return plain === undefined ? undefined : utf8(Buffer.from(plain, 'latin1'));
  if (plain !== undefined) return undefined;
  const [, encoded] = /^utf-8'[\w-]*'(.*)$/i.exec(extended) ?? [];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
