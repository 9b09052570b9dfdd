/**
 * Signed URLs: what the query parameter `signature` holds. docs/signed-urls.md describes it byte by byte, with test vectors.
 *
 * A signature is the base64url, without padding, of nine fields and a MAC of 32 bytes. A field is its length, 2 bytes, high byte first,
 * and so many bytes of UTF-8; one that is left out has no bytes. The MAC is the HMAC-SHA256 of a label, written like a field, and the
 * fields.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The query parameter of a signed URL. */
export const signatureParameter = 'signature';

/** What a signed URL can be for. */
export const signedVerbs = ['publish', 'play', 'relay'] as const;

/** One of {@link signedVerbs}; `relay` is to play, and to be believed as a relay. */
export type SignedVerb = (typeof signedVerbs)[number];

/** What a signed URL allows. What is undefined is not bound. */
export interface SignedPermit {
  readonly verb: SignedVerb;
  /** Canonical stream key. */
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
export interface ReadSignature {
  readonly secretId: string;
  /** The nine fields, each with its length. */
  readonly fields: Uint8Array;
  readonly mac: Uint8Array;
}

/** What was shown is no signature, or a wrong one; the message is a sentence for whoever showed it. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/** Another use of the same secret has another label: what is made for one is never good for the other. */
const LABEL = 'streampump signed url';
const VERSION = '1';
const FIELDS = 9;
const MAC_BYTES = 32;

/** The most bytes of each field: version, secret id, verb, stream, join until, play until, address, identity, relay. */
const fieldBytes = [8, 64, 8, 1024, 12, 12, 64, 255, 255];

/** Characters of the longest signature. */
export const maxSignatureLength: number = Math.ceil(
  ((fieldBytes.reduce((sum, bytes) => sum + 2 + bytes, 0) + MAC_BYTES) * 8) / 6,
);

/** What is wrong with the id of a secret, as a sentence that begins with "expected"; undefined when nothing is. */
export function secretIdProblem(id: string): string | undefined {
  return /^[\w.-]{1,64}$/.test(id)
    ? undefined
    : 'expected an id of 1 to 64 letters, digits, dots, dashes and underscores';
}

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
  return secretIdProblem(id) ?? secretProblem(secret);
}

/** A signature as a part of a query. */
export function signaturePart(signature: string): string {
  return `${signatureParameter}=${signature}`;
}

/** Makes a signature. @throws RangeError when something in the permit is longer than a signature can hold */
export function signPermit(permit: SignedPermit, secretId: string, secret: string): string {
  const { verb, stream, joinUntil, playUntil = '', address = '', identity = '', relay = '' } = permit;
  const texts = [VERSION, secretId, verb, stream, `${joinUntil}`, `${playUntil}`, address, identity, relay];
  const fields = Buffer.concat(texts.map((text, index) => field(text, fieldBytes[index])));
  return Buffer.concat([fields, macOf(createSecretKey(Buffer.from(secret)), fields)]).toString('base64url');
}

/** Takes a signature apart, without looking at what its fields say. @throws SignatureError */
export function readSignature(signature: string): ReadSignature {
  if (signature.length > maxSignatureLength)
    throw new SignatureError(
      `the signature has ${signature.length} characters, and no signature has more than ${maxSignatureLength}`,
    );
  const bytes = Buffer.from(signature, 'base64url');
  // other spellings of the same bytes are not what was made
  if (bytes.toString('base64url') !== signature) throw broken();
  const fields = bytes.subarray(0, Math.max(0, bytes.length - MAC_BYTES));
  const version = splitFields(fields)[0]?.toString('latin1');
  if (version === undefined) throw broken();
  if (version !== VERSION)
    throw new SignatureError(
      `the signature is not of version ${VERSION}, the only one that this server knows`,
    );
  const parts = splitFields(fields);
  const isWhole = parts.length === FIELDS && sizeOf(parts) === fields.length;
  if (!isWhole || parts.some(({ length }, index) => length > (fieldBytes[index] ?? 0))) throw broken();
  return { secretId: (parts[1] as Buffer).toString('latin1'), fields, mac: bytes.subarray(-MAC_BYTES) };
}

/** What a signature says, whether or not it is right. @throws SignatureError where that makes no sense */
export function permitOf({ fields }: ReadSignature): SignedPermit {
  const texts = splitFields(Buffer.from(fields)).map(text);
  const [, , verb, stream = '', joinUntil, playUntil, address, identity, relay] = texts;
  const known = signedVerbs.find((one) => one === verb);
  const begin = seconds(joinUntil);
  if (known === undefined || stream === '' || begin === undefined) throw senseless();
  if (playUntil !== '' && seconds(playUntil) === undefined) throw senseless();
  return {
    ...{ verb: known, stream, joinUntil: begin, playUntil: seconds(playUntil) },
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
    if (key === undefined || !timingSafeEqual(macOf(key, read.fields), read.mac))
      throw new SignatureError(
        'the signature is wrong: it was altered, or made with a secret that this server does not have',
      );
    return permitOf(read);
  }
}

function macOf(key: KeyObject, fields: Uint8Array): Buffer {
  return createHmac('sha256', key).update(field(LABEL)).update(fields).digest();
}

function field(text: string, mostBytes = LABEL.length): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > mostBytes) throw new RangeError(`${bytes.length} bytes, limit ${mostBytes}`);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/** The fields up to the first that is not whole, at most as many as there should be. */
function splitFields(bytes: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; fields.length < FIELDS && at + 2 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    fields.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return fields;
}

function sizeOf(fields: readonly Buffer[]): number {
  return fields.reduce((sum, { length }) => sum + 2 + length, 0);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw senseless();
  }
}

function seconds(digits = ''): number | undefined {
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined;
}

function broken(): SignatureError {
  return new SignatureError('the signature is not whole: it was cut or altered');
}

function senseless(): SignatureError {
  return new SignatureError('the signature says nothing that makes sense: its maker has a fault');
}
