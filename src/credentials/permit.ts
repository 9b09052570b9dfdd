/**
 * Permits: what the query parameter `permit` holds, a sealed text whose seal is an Ed25519 signature. A house makes one for each player,
 * publisher or relay that it sends to a relay, which knows the house's public key and asks nobody. docs/permits.md describes it byte by
 * byte, with test vectors.
 */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { withoutParameters } from './query-parameters.ts';
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

/** The query parameter of a permit. */
export const permitParameter = 'permit';

/** What a permit can be for. */
export const permitVerbs = ['publish', 'play', 'relay'] as const;

/** One of {@link permitVerbs}; `relay` is to play, and to be believed as a relay. */
export type PermitVerb = (typeof permitVerbs)[number];

/** What a permit allows. What is undefined is not bound. */
export interface Permit {
  readonly verb: PermitVerb;
  /** Canonical stream key; empty, of `relay` only: every stream. */
  readonly stream: string;
  /** It may be used to begin until then, seconds since 1970. */
  readonly joinUntil: number;
  /** What was begun ends then, seconds since 1970. */
  readonly sessionUntil?: number | undefined;
  /** From where it may be used: an address, or a network in CIDR notation. */
  readonly address?: string | undefined;
  /** Who it is that uses it. */
  readonly identity?: string | undefined;
  /** The id of the only relay where it holds. */
  readonly relay: string;
}

/** What was shown is no permit, or no good one; the message is a sentence for whoever showed it. */
export class PermitError extends Error {
  override readonly name = 'PermitError';
  /** Whether somebody may have made it up; else it was made with a key that is not known here, or not any more. */
  readonly isForged: boolean;

  constructor(message: string, isForged = true) {
    super(message);
    this.isForged = isForged;
  }
}

/** Its fields: version, key id, verb, stream, join until, session until, address, identity, relay id. */
const kind: SealedKind = {
  noun: 'permit',
  label: 'streampump permit',
  version: '1',
  fieldBytes: [8, 64, 8, 1024, 12, 12, 64, 255, 64],
  sealBytes: 64,
  fault: (sentence) => new PermitError(sentence),
};

/** Characters of the longest permit. */
export const maxPermitLength: number = maxSealedLength(kind);

/** Characters of a public key, and of the id that follows from it. */
const PUBLIC_KEY_LENGTH = 43;
const ID_LENGTH = 16;

/** A permit as a part of a query. */
export function permitPart(permit: string): string {
  return `${permitParameter}=${permit}`;
}

const permitNames: ReadonlySet<string> = new Set([permitParameter]);

/** A query as it may go on: without permits, else as it was sent. */
export function withoutPermit(query: string): string {
  return withoutParameters(query, permitNames);
}

/** A URL as it may go on, see {@link withoutPermit}. */
export function urlWithoutPermit(url: string): string {
  const at = url.indexOf('?');
  if (at === -1) return url;
  const query = withoutPermit(url.slice(at + 1));
  return url.slice(0, at) + (query === '' ? '' : `?${query}`);
}

/**
 * Makes a permit.
 * @param privateKey - Ed25519
 * @throws RangeError when something in it is longer than a permit can hold
 */
export function makePermit(permit: Permit, keyId: string, privateKey: KeyObject): string {
  const { verb, stream, joinUntil, sessionUntil = '', address = '', identity = '', relay } = permit;
  const texts = [keyId, verb, stream, `${joinUntil}`, `${sessionUntil}`, address, identity, relay];
  return sealText(kind, texts, (sealed) => sign(null, sealed, privateKey));
}

/** The public key of a private one, Ed25519, as others are told it: its bytes as base64url. */
export function publicKeyText(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '';
}

/** The id of a key, which follows from it. @param publicKey - as {@link publicKeyText} gives it */
export function permitKeyId(publicKey: string): string {
  return hash('sha256', publicKey, 'hex').slice(0, ID_LENGTH);
}

/** What is wrong with a public key, as a sentence that begins with "expected"; undefined when nothing is. */
export function permitKeyProblem(publicKey: string): string | undefined {
  return publicKeyOf(publicKey) === undefined
    ? 'expected an Ed25519 public key: 32 bytes as base64url'
    : undefined;
}

/** So many permits are remembered that were right, 150 bytes each; of more those go that were shown longest ago. */
const MAX_REMEMBERED = 20_000;

/** Public keys of houses by id, of which several hold at once. */
export class PermitKeys {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  /** Hashes of permits that are right: whoever has one is asked about again and again. */
  readonly #right = new Set<string>();

  /** @param keys - base64url by id; what is none is left out */
  constructor(keys: Readonly<Record<string, string>>) {
    this.#keys = new Map(
      Object.entries(keys).flatMap(([id, written]) => {
        const key = keyIdProblem(id) === undefined ? publicKeyOf(written) : undefined;
        return key === undefined ? [] : [[id, key] as const];
      }),
    );
  }

  /** What a permit allows, if it was made with one of the keys. @throws PermitError */
  open(permit: string): Permit {
    const read = readSealed(kind, permit);
    const key = this.#keys.get(read.values[1]?.toString('latin1') ?? '');
    if (key === undefined)
      throw new PermitError('the permit was made with a key that this server does not know', false);
    const name = hash('sha256', permit, 'base64');
    if (!this.#right.delete(name) && !verify(null, sealedBytes(kind, read.fields), key, read.seal))
      throw new PermitError('the permit is wrong: it was altered, or made by somebody else');
    this.#remember(name);
    return permitIn(read);
  }

  #remember(name: string): void {
    const [oldest] = this.#right.size < MAX_REMEMBERED ? [] : this.#right;
    if (oldest !== undefined) this.#right.delete(oldest);
    this.#right.add(name);
  }
}

/** @throws PermitError where it makes no sense */
function permitIn(read: SealedText): Permit {
  const [, verb, stream = '', joinUntil, sessionUntil, address, identity, relay = ''] = textsOf(kind, read);
  const known = permitVerbs.find((one) => one === verb);
  const begin = secondsIn(joinUntil);
  if (known === undefined || begin === undefined || relay === '') throw senseless(kind);
  if (stream === '' && known !== 'relay') throw senseless(kind);
  if (sessionUntil !== '' && secondsIn(sessionUntil) === undefined) throw senseless(kind);
  return {
    ...{ verb: known, stream, joinUntil: begin, sessionUntil: secondsIn(sessionUntil), relay },
    ...{ address: address || undefined, identity: identity || undefined },
  };
}

function publicKeyOf(written: string): KeyObject | undefined {
  const isWritten = written.length === PUBLIC_KEY_LENGTH && /^[\w-]+$/.test(written);
  if (!isWritten || Buffer.from(written, 'base64url').toString('base64url') !== written) return undefined;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: written }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
