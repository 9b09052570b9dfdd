import { expect, test } from 'vitest';
import { decodeAuthorization, wishOf } from '../../../src/session/http/http-wish.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  { value: basic('ann:secret'), credentials: { user: 'ann', password: 'secret' } },
  { value: basic('ann:with:colons'), credentials: { user: 'ann', password: 'with:colons' } },
  { value: basic('Zoë:ü'), credentials: { user: 'Zoë', password: 'ü' } },
  { value: 'bEARER  abc.def-_~+/==', credentials: { token: 'abc.def-_~+/==' } },
  { value: undefined, credentials: {} },
  { value: basic('no colon'), credentials: {} },
  {
    value: 'Digest username="ann"',
    credentials: { digest: { value: 'username="ann"', method: 'GET', target: '/live/a.flv?x' } },
  },
  { value: 'Bearer', credentials: {} },
  { value: 'Bearer a b', credentials: {} },
])('$value shows $credentials', ({ value, credentials }) => {
  const headers = { authorization: value };
  expect(decodeAuthorization({ headers, method: 'GET', url: '/live/a.flv?x' })).toEqual(credentials);
});

test('a wish has what the head says', () => {
  const reading = { key: 'live/a', query: 'x=1' };
  const headers = { origin: 'https://x.example', 'streampump-path': 'a, b', authorization: 'Bearer t' };
  expect(wishOf({ headers, method: 'GET', url: '/' }, reading)).toEqual({
    readings: [reading],
    credentials: { token: 't' },
    origin: 'https://x.example',
    path: ['a', 'b'],
  });
});
