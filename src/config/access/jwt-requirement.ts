import { z } from 'zod';
import { parseMediaUrl } from '../../media-url.ts';
import { checkedString, fileName, integer, isObject, oneOrMany, settings } from '../setting-schema.ts';

/** Where in a token something stands: the name of a claim, and of members inside of it. */
export interface ClaimSettings {
  /** Who it is; default: `sub`. */
  readonly identity: readonly string[];
  /** What may be done, a list of verbs; default: `verbs` in `streampump`. */
  readonly verbs: readonly string[];
  /** With which streams, a list of patterns; default: `streams` in `streampump`. */
  readonly streams: readonly string[];
  /** Limits by name; default: `limits` in `streampump`. */
  readonly limits: readonly string[];
}

/**
 * A JSON Web Token, as `Authorization: Bearer`, `?jwt=` or `?pass=`. Where it is checked with what: one of `secret`, `secretFile`,
 * `publicKeyFile`, `jwksFile` and `jwksUrl`.
 */
export interface JwtRequirement {
  readonly type: 'jwt';
  /** Shared with whoever makes the tokens: HS256, HS384, HS512. */
  readonly secret: string | null;
  /** File with the secret. */
  readonly secretFile: string | null;
  /** File with public keys or certificates in PEM form: RS, PS, ES, EdDSA. */
  readonly publicKeyFile: string | null;
  /** File with a JSON Web Key Set. */
  readonly jwksFile: string | null;
  /** https:// URL of a JSON Web Key Set, or http:// on this machine. */
  readonly jwksUrl: string | null;
  /** How often the keys of the URL are fetched, milliseconds, 10,000 to a day; default 600,000. */
  readonly jwksRefreshMs: number;
  /** How long keys hold while the URL is away, milliseconds, up to 30 days; default a day. */
  readonly jwksKeepMs: number;
  /** One of these has issued the token; default: anybody who has the key. */
  readonly issuer: readonly string[];
  /** The token is for one of these; default: for anybody. */
  readonly audience: readonly string[];
  /** A token is good for so long after its `iat`, milliseconds; null (default): until its `exp`, which it then needs. */
  readonly maxAgeMs: number | null;
  /** How much the clocks of issuer and relay may differ, milliseconds, up to 300,000; default 5,000. */
  readonly clockToleranceMs: number;
  /** Claims that a token needs besides; default none. */
  readonly requiredClaims: readonly string[];
  readonly claims: ClaimSettings;
}

const dayMs = 86_400_000;
const sources = ['secret', 'secretFile', 'publicKeyFile', 'jwksFile', 'jwksUrl'] as const;

const claimName = z.string().min(1).max(255).describe('name');
const claimPath = (...names: string[]) => oneOrMany(claimName, names);
const nameList = oneOrMany(claimName, []);

const claimSettings = settings<ClaimSettings>({
  identity: claimPath('sub'),
  verbs: claimPath('streampump', 'verbs'),
  streams: claimPath('streampump', 'streams'),
  limits: claimPath('streampump', 'limits'),
}).prefault({} as never);

/** Schema of a {@link JwtRequirement}. */
export const jwtRequirement: z.ZodObject = settings<JwtRequirement>({
  type: z.literal('jwt'),
  secret: checkedString(sharedSecretProblem, 'secret').nullable().default(null),
  secretFile: fileName.nullable().default(null),
  publicKeyFile: fileName.nullable().default(null),
  jwksFile: fileName.nullable().default(null),
  jwksUrl: checkedString(keySetUrlProblem, 'URL').nullable().default(null),
  jwksRefreshMs: integer(10_000, dayMs, 600_000),
  jwksKeepMs: integer(0, 30 * dayMs, dayMs),
  issuer: nameList,
  audience: nameList,
  maxAgeMs: z
    .int()
    .min(1000)
    .max(365 * dayMs)
    .nullable()
    .default(null),
  clockToleranceMs: integer(0, 300_000, 5000),
  requiredClaims: z.array(claimName).default([]),
  claims: claimSettings,
}).superRefine(
  (value, context) => {
    const given = sources.filter((name) => typeof value[name] === 'string');
    if (given.length === 1) return;
    const choice = `one of ${sources.slice(0, -1).join(', ')} and ${sources.at(-1)}`;
    const message =
      given.length === 0 ? `needs ${choice}` : `takes ${choice}, and has ${given.join(' and ')}`;
    context.addIssue({ code: 'custom', message });
  },
  { when: isObject },
);

/** What is wrong with a secret that tokens are signed with, without repeating it; undefined when nothing is. */
export function sharedSecretProblem(secret: string): string | undefined {
  return secret !== '' && secret.length <= 4096 ? undefined : 'expected a secret of 1 to 4,096 characters';
}

function keySetUrlProblem(text: string): string | undefined {
  const url = parseMediaUrl(text);
  const isHttp = url?.protocol === 'http' && /^https?:/i.test(text);
  const isSafe = isHttp && (url.isTls || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(url.host));
  return isSafe ? undefined : 'expected an https:// URL, or an http:// URL on 127.0.0.1, ::1 or localhost';
}
