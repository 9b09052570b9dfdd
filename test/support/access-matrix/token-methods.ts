import { createHmac } from 'node:crypto';
import { signaturePart, signPermit } from '../../../src/credentials/signed-url.ts';
import { byQuery, type Method } from './method.ts';

const now = Math.floor(Date.now() / 1000);
const soon = now + 3600;
const past = now - 60;

const SIGNING_SECRET = 'a6d1f0c4-signs-every-url-of-this-test';

/** A signed URL. */
export const signed: Method = byQuery(
  {
    name: 'signed',
    secrets: [SIGNING_SECRET],
    rules: [
      {
        match: 'signed*/**',
        verbs: ['play', 'publish'],
        require: [{ type: 'signed', secrets: { k1: SIGNING_SECRET } }],
      },
    ],
  },
  (does, key, what) => {
    const permit = { verb: does, stream: key, joinUntil: what === 'expired' ? past : soon };
    const secret = what === 'wrong' ? 'b7e2-another-secret-of-the-same-name' : SIGNING_SECRET;
    return signaturePart(signPermit(permit, 'k1', secret));
  },
);

const TOKEN_SECRET = 'c0ffee77-signs-every-token-of-this-test';

function token(claims: object, secret: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const said = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
  return `${said}.${createHmac('sha256', secret).update(said).digest('base64url')}`;
}

/** A JSON Web Token. */
export const jsonWebToken: Method = byQuery(
  {
    name: 'jwt',
    secrets: [TOKEN_SECRET, token({}, '').slice(0, 12)],
    rules: [
      { match: 'jwt/**', verbs: ['play', 'publish'], require: [{ type: 'jwt', secret: TOKEN_SECRET }] },
    ],
  },
  (does, key, what) => {
    const exp = what === 'expired' ? past : soon;
    const claims = { exp, streampump: { verbs: [does], streams: [key] } };
    return `jwt=${token(claims, what === 'wrong' ? 'another-secret' : TOKEN_SECRET)}`;
  },
);
