import { signaturePart, signPermit } from '../../../src/credentials/signed-url.ts';
import { byQuery, type Method } from './method.ts';

const now = Math.floor(Date.now() / 1000);
const soon = now + 3600;

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
    const permit = { verb: does, stream: key, joinUntil: what === 'expired' ? now - 60 : soon };
    const secret = what === 'wrong' ? 'b7e2-another-secret-of-the-same-name' : SIGNING_SECRET;
    return signaturePart(signPermit(permit, 'k1', secret));
  },
);
