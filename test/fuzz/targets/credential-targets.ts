import { createPrivateKey } from 'node:crypto';
import { parseDigestCredentials, parseParameters } from '../../../src/credentials/digest-header.ts';
import { checkToken } from '../../../src/credentials/jwt/json-web-token.ts';
import { readKeySet } from '../../../src/credentials/jwt/key-set.ts';
import { readClaims } from '../../../src/credentials/jwt/token-claims.ts';
import { isTokenLike, TokenError } from '../../../src/credentials/jwt/token-error.ts';
import { KeyError, sharedKey, webKey } from '../../../src/credentials/jwt/verifying-key.ts';
import { keyLineProblem, parseKeyLine } from '../../../src/credentials/key-ring.ts';
import { parseVerifiers } from '../../../src/credentials/password-verifiers.ts';
import {
  makePermit,
  PermitError,
  PermitKeys,
  publicKeyText,
  urlWithoutPermit,
  withoutPermit,
} from '../../../src/credentials/permit.ts';
import { QueryParameters } from '../../../src/credentials/query-parameters.ts';
import { relayKeyProblem } from '../../../src/credentials/relay-key.ts';
import { parseScryptHash } from '../../../src/credentials/scrypt-hash.ts';
import {
  permitOf,
  readSignature,
  SignatureError,
  SigningSecrets,
  signPermit,
} from '../../../src/credentials/signed-url.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { type TargetPlan, textTarget } from './target-plan.ts';

const base64Tokens = ['-', '_', '=', '+', '/', 'AAAA', '____', '.', '\u0000', 'ä'];

/** The same in every run, so that a seed's inputs are the same. */
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${'11'.repeat(32)}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});
const permitKeys = new PermitKeys({ k1: publicKeyText(privateKey) });
const permits = (): string[] =>
  (['play', 'publish', 'relay'] as const).map((verb) =>
    makePermit(
      {
        verb,
        stream: 'live/a',
        joinUntil: 2_000_000_000,
        sessionUntil: 2_000_000_001,
        address: '192.0.2.1',
        identity: 'alice',
        relay: 'r1',
      },
      'k1',
      privateKey,
    ),
  );

const secret = 'a secret of at least thirty-two characters';
const secrets = new SigningSecrets([['s1', secret]]);
const signatures = (): string[] => [
  signPermit(
    {
      verb: 'play',
      stream: 'live/**',
      joinUntil: 2_000_000_000,
      playUntil: undefined,
      address: undefined,
      identity: 'bob',
      relay: undefined,
    },
    's1',
    secret,
  ),
];

const shared = sharedKey(secret);
const elliptic = webKey({ kty: 'OKP', crv: 'Ed25519', x: publicKeyText(privateKey), kid: 'ed' });
const tokens: readonly string[] = [
  ['{"alg":"HS256","typ":"JWT"}', '{"sub":"alice","exp":2000000000,"iss":"me"}'],
  ['{"alg":"EdDSA","kid":"ed","crit":["b64"],"b64":false}', '{"exp":1e400,"nbf":-1,"aud":["x"]}'],
  ['{"alg":"none"}', '[]'],
].map((parts) => `${parts.map((part) => Buffer.from(part).toString('base64url')).join('.')}.c2lnbmF0dXJl`);
const terms = {
  issuers: ['me'],
  audiences: [],
  maxAgeMs: null,
  clockToleranceMs: 0,
  requiredClaims: ['sub'],
};

/** An altered proof that is believed would be the worst of all finds. */
function notBelieved(shown: string, made: () => readonly string[], believed: unknown): unknown {
  if (!made().includes(shown)) throw new FuzzFault('believed', `${shown} is believed`);
  return believed;
}

export const credentialTargets: Readonly<Record<string, TargetPlan>> = {
  permit: textTarget(
    { seeds: permits, tokens: base64Tokens },
    (text) => notBelieved(text, permits, permitKeys.open(text)),
    [PermitError],
  ),
  'signed-url': textTarget(
    { seeds: signatures, tokens: base64Tokens },
    (text) => {
      permitOf(readSignature(text));
      return notBelieved(text, signatures, secrets.open(text));
    },
    [SignatureError],
  ),
  'web-token': textTarget(
    { seeds: () => tokens, tokens: [...base64Tokens, ...tokens.flatMap((token) => token.split('.'))] },
    async (text) => {
      isTokenLike(text);
      return notBelieved(
        text,
        () => [],
        await checkToken(text, [shared, elliptic], terms, 1_900_000_000_000),
      );
    },
    [TokenError],
  ),
  'token-claims': textTarget(
    {
      seeds: () => [
        '{"sub":"alice","verbs":["play"],"streams":["live/**"],"limits":{"maxBitsPerSecond":1000}}',
        '{"sub":1,"verbs":"play","streams":[[]],"limits":[]}',
      ],
      tokens: ['"', '{', '[', 'null', '1e999', '-1', '"__proto__":', '"toString"', '\\u0000'],
    },
    (text) => {
      const claims = jsonObject(text);
      const paths = { identity: ['sub'], verbs: ['verbs'], streams: ['streams'], limits: ['limits'] };
      return claims === undefined ? undefined : readClaims(claims, paths);
    },
    [TokenError],
  ),
  'key-set': textTarget(
    {
      seeds: () => [
        `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"${publicKeyText(privateKey)}","kid":"a","use":"sig"}]}`,
        '{"keys":[{"kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl","e":"AQAB","alg":"RS256","key_ops":["verify"]}]}',
        '{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}',
      ],
      tokens: ['"keys":', '[', '{', '"kty":"oct"', '"x":', '"e":"AA"', '"alg":"none"', 'null'],
    },
    (text) => readKeySet(text).length,
    [KeyError],
  ),
  'digest-credentials': textTarget(
    {
      seeds: () => [
        'username="a", realm="r", nonce="n", uri="/x?y", algorithm=MD5, nc=00000001, cnonce="c", qop=auth, response="0123456789abcdef0123456789abcdef", opaque="\\"o"',
      ],
      tokens: [
        'username*=',
        "UTF-8''%C3%A4",
        'userhash=true',
        '"',
        '\\',
        ',',
        '=',
        'qop=auth-int',
        'algorithm=SHA-256',
      ],
    },
    (text) => [parseParameters(text), parseDigestCredentials(text)],
    [],
  ),
  'stored-secret': textTarget(
    {
      seeds: () => [
        `alice sha256:${'0'.repeat(64)}`,
        '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA',
        `bob $scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaA rtmp:abc digest-md5:r:${'0'.repeat(32)}`,
        `sha256-salted:${'A'.repeat(22)}:${'B'.repeat(43)}`,
      ],
      tokens: [':', '$', 'sha256:', ' ', '\t', 'ln=99', 'r=999', 'p=999', '='],
    },
    (text) => [
      parseKeyLine(text),
      keyLineProblem(text),
      parseVerifiers(text),
      parseScryptHash(text),
      relayKeyProblem(text),
    ],
    [],
  ),
  query: textTarget(
    {
      seeds: () => ['key=a&token=b%20c&x', 'sp_permit=abc&a=1&sp_permit=', '%zz=%&&==&key=%C3'],
      tokens: ['&', '=', '%', '+', 'sp_permit', 'key', '%00', ';'],
    },
    (text) => {
      const query = new QueryParameters(text);
      return [query.get('key'), withoutPermit(text), urlWithoutPermit(text)];
    },
    [],
  ),
};

/** Undefined where a text is no object of JSON. */
export function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
