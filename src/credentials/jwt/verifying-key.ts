import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';

/** A key that tokens may be signed for, and the only algorithms with which it is used: its kind decides, never a token. */
export interface VerifyingKey {
  readonly key: KeyObject;
  readonly algorithms: readonly string[];
  /** What tokens call it, where it has a name. */
  readonly kid?: string | undefined;
}

/** A key is of no use; the message is a sentence that repeats nothing of it. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** Larger ones make each check costly; smaller ones can be broken. Bits. */
const rsaBits = { least: 2048, most: 8192 };

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

const curveAlgorithms: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};

/** A key that signs and checks alike. */
export function sharedKey(secret: string): VerifyingKey {
  return { key: createSecretKey(Buffer.from(secret)), algorithms: ['HS256', 'HS384', 'HS512'] };
}

/** The public keys and certificates of a text in PEM form, at least one. @throws KeyError */
export function publicKeys(pem: string): readonly VerifyingKey[] {
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g)];
  if (blocks.some(([, label = '']) => label.includes('PRIVATE')))
    throw new KeyError('it holds a private key, which a server that only checks tokens should not have');
  if (blocks.length === 0) throw new KeyError('it holds no public key in PEM form');
  return blocks.map(([block]) => publicKey(() => createPublicKey(block)));
}

/** The public part of a JSON Web Key. @throws KeyError where it cannot be used for signatures @see RFC 7517 section 4 */
export function webKey(jwk: object): VerifyingKey {
  const {
    n,
    e,
    crv,
    x,
    y,
    kty,
    kid,
    alg,
    use,
    key_ops: operations,
  } = jwk as Readonly<Record<string, unknown>>;
  if (use !== undefined && use !== 'sig') throw new KeyError('it is not for signatures');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new KeyError('it is not for checking signatures');
  if (kty === 'oct') throw new KeyError('it is a secret, which does not belong in a key set');
  const members = Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined);
  const found = publicKey(() => createPublicKey({ key: Object.fromEntries(members), format: 'jwk' }));
  const algorithms = found.algorithms.filter((one) => alg === undefined || alg === one);
  if (algorithms.length === 0) throw new KeyError('its algorithm is not one that this server knows');
  return { ...found, algorithms, kid: typeof kid === 'string' ? kid : undefined };
}

function publicKey(create: () => KeyObject): VerifyingKey {
  let key: KeyObject;
  try {
    key = create();
  } catch {
    throw new KeyError('it is no key that can be read');
  }
  return { key, algorithms: algorithmsOf(key) };
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): readonly string[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  if (asymmetricKeyType === 'ec') {
    const algorithms = curveAlgorithms[namedCurve];
    if (algorithms === undefined) throw new KeyError('its curve is not P-256, P-384 or P-521');
    return algorithms;
  }
  if (asymmetricKeyType !== 'rsa') throw new KeyError('it is not of type RSA, EC or Ed25519');
  if (modulusLength < rsaBits.least || modulusLength > rsaBits.most)
    throw new KeyError(`it has ${modulusLength} bits, not ${rsaBits.least} to ${rsaBits.most}`);
  return rsaAlgorithms;
}
