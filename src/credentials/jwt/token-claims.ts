import { TokenError } from './token-error.ts';

/** Where in a token something stands: the name of a claim, and of members inside of it. */
export type ClaimPath = readonly string[];

/** Where a token says who it is for, and what it allows. */
export interface ClaimPaths {
  readonly identity: ClaimPath;
  readonly verbs: ClaimPath;
  readonly streams: ClaimPath;
  readonly limits: ClaimPath;
}

/** What a token says about streams. */
export interface StreamClaims {
  readonly identity: string | undefined;
  /** Undefined: it does not say. */
  readonly verbs: readonly string[] | undefined;
  /** Patterns of stream keys; undefined: it does not say. */
  readonly streams: readonly string[] | undefined;
  readonly limits: Readonly<Record<string, number>>;
}

const MAX_IDENTITY_LENGTH = 255;
const MAX_LIST_LENGTH = 100;
const MAX_LIMITS = 20;

/** Reads what a token says about streams. @throws TokenError where it says so in a form that it should not have */
export function readClaims(claims: object, paths: ClaimPaths): StreamClaims {
  return {
    identity: identityOf(valueAt(claims, paths.identity), paths.identity),
    verbs: textsOf(valueAt(claims, paths.verbs), paths.verbs),
    streams: textsOf(valueAt(claims, paths.streams), paths.streams),
    limits: limitsOf(valueAt(claims, paths.limits), paths.limits),
  };
}

function valueAt(claims: object, path: ClaimPath): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    claims,
  );
}

function identityOf(value: unknown, path: ClaimPath): string | undefined {
  if (value === undefined) return undefined;
  const isName = typeof value === 'string' && value.length <= MAX_IDENTITY_LENGTH && /^\P{C}+$/u.test(value);
  if (!isName) throw senseless(path);
  return value;
}

/** A list of texts, or the only one of it. */
function textsOf(value: unknown, path: ClaimPath): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length > MAX_LIST_LENGTH) throw senseless(path);
  return texts.map((text) => {
    if (typeof text !== 'string') throw senseless(path);
    return text;
  });
}

function limitsOf(value: unknown, path: ClaimPath): Readonly<Record<string, number>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) throw senseless(path);
  const limits = Object.entries(value);
  const areLimits = limits.every(([, most]) => typeof most === 'number' && most >= 0);
  if (Array.isArray(value) || limits.length > MAX_LIMITS || !areLimits) throw senseless(path);
  return Object.fromEntries(limits);
}

function senseless(path: ClaimPath): TokenError {
  return new TokenError('unfit', `the token's claim ${path.join('.')} does not make sense`);
}
