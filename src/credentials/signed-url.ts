/**
 * Signed URLs: what the query parameter `signature` holds, a sealed text whose seal is an HMAC-SHA256. docs/signed-urls.md describes it
 * byte by byte, with test vectors.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import {
  keyIdProblem,
  maxSealedLength,
  readSealed,
  type SealedKind,
  type SealedText,
  sealedBytes,
  sealText,
  secondsIn,
  senseless,
  textsOf,
} from './sealed-text.ts';

/** The query parameter of a signed URL. */
export const signatureParameter = 'signature';

/** What a signed URL can be for. */
export const signedVerbs = ['publish', 'play', 'relay', 'record', 'playback'] as const;

/** One of {@link signedVerbs}; `relay` is to play, and to be believed as a relay, `record` to publish, and to have that recorded. */
export type SignedVerb = (typeof signedVerbs)[number];

/** What a signed URL allows. What is undefined is not bound. */
export interface SignedPermit {
  readonly verb: SignedVerb;
  /** Canonical key of the stream, or of the recording. */
  readonly stream: string;
  /** It may be used to begin until then, seconds since 1970. */
  readonly joinUntil: number;
  /** What was begun ends then, seconds since 1970. */
  readonly playUntil?: number | undefined;
  /** From where it may be used: an address, or a network in CIDR notation. */
  readonly address?: string | undefined;
  /** Who it is that uses it. */
  readonly identity?: string | undefined;
  /** The name of the only relay where it holds. */
  readonly relay?: string | undefined;
}

/** A signature as it was read; what it says is worth nothing before {@link SigningSecrets.open}. */
export interface ReadSignature extends SealedText {
  readonly secretId: string;
}

/** What was shown is no signature, or a wrong one; the message is a sentence for whoever showed it. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/** Its fields: version, secret id, verb, stream, join until, play until, address, identity, relay. */
const kind: SealedKind = {
  noun: 'signature',
  label: 'streampump signed url',
  version: '1',
  fieldBytes: [8, 64, 8, 1024, 12, 12, 64, 255, 255],
  sealBytes: 32,
  fault: (sentence) => new SignatureError(sentence),
};

/** Characters of the longest signature. */
export const maxSignatureLength: number = maxSealedLength(kind);

/** What is wrong with a secret, without repeating it; undefined when nothing is. */
export function secretProblem(secret: string): string | undefined {
  return /^[^\s\p{C}]{1,512}$/u.test(secret)
    ? undefined
    : 'expected a secret of 1 to 512 characters, none of them a space';
}

/** What is wrong with a line `ID SECRET` of a file of secrets, without repeating it; undefined when nothing is. */
export function secretLineProblem(line: string): string | undefined {
  const [id = '', secret, ...more] = line.split(/\s+/);
  if (secret === undefined || more.length > 0) return 'expected an id, a space and a secret';
  return keyIdProblem(id) ?? secretProblem(secret);
}

/** A signature as a part of a query. */
export function signaturePart(signature: string): string {
  return `${signatureParameter}=${signature}`;
}

/** Makes a signature. @throws RangeError when something in the permit is longer than a signature can hold */
export function signPermit(permit: SignedPermit, secretId: string, secret: string): string {
  const { verb, stream, joinUntil, playUntil = '', address = '', identity = '', relay = '' } = permit;
  const texts = [secretId, verb, stream, `${joinUntil}`, `${playUntil}`, address, identity, relay];
  return sealText(kind, texts, (sealed) => macOf(createSecretKey(Buffer.from(secret)), sealed));
}

/** Takes a signature apart, without looking at what its fields say. @throws SignatureError */
export function readSignature(signature: string): ReadSignature {
  const read = readSealed(kind, signature);
  return { ...read, secretId: read.values[1]?.toString('latin1') ?? '' };
}

/** What a signature says, whether or not it is right. @throws SignatureError where that makes no sense */
export function permitOf(read: SealedText): SignedPermit {
  const [, verb, stream = '', joinUntil, playUntil, address, identity, relay] = textsOf(kind, read);
  const known = signedVerbs.find((one) => one === verb);
  const begin = secondsIn(joinUntil);
  if (known === undefined || stream === '' || begin === undefined) throw senseless(kind);
  if (playUntil !== '' && secondsIn(playUntil) === undefined) throw senseless(kind);
  return {
    ...{ verb: known, stream, joinUntil: begin, playUntil: secondsIn(playUntil) },
    ...{ address: address || undefined, identity: identity || undefined, relay: relay || undefined },
  };
}

/** Secrets by id, of which several hold at once so that they can be replaced one after the other. */
export class SigningSecrets {
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(secrets: Iterable<readonly [id: string, secret: string]>) {
    this.#keys = new Map([...secrets].map(([id, secret]) => [id, createSecretKey(Buffer.from(secret))]));
  }

  /**
   * What a signature allows, if it was made with one of the secrets.
   * @throws SignatureError the same for a secret that is not known and for a MAC that is wrong
   */
  open(signature: string): SignedPermit {
    const read = readSignature(signature);
    const key = this.#keys.get(read.secretId);
    if (key === undefined || !timingSafeEqual(macOf(key, sealedBytes(kind, read.fields)), read.seal))
      throw new SignatureError(
        'the signature is wrong: it was altered, or made with a secret that this server does not have',
      );
    return permitOf(read);
  }
}

function macOf(key: KeyObject, sealed: Uint8Array): Buffer {
  return createHmac('sha256', key).update(sealed).digest();
}
