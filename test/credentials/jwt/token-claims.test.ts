import { expect, test } from 'vitest';
import { readClaims } from '../../../src/credentials/jwt/token-claims.ts';
import { TokenError } from '../../../src/credentials/jwt/token-error.ts';

const paths = {
  identity: ['sub'],
  verbs: ['streampump', 'verbs'],
  streams: ['streampump', 'streams'],
  limits: ['streampump', 'limits'],
};
const nothing = { identity: undefined, verbs: undefined, streams: undefined, limits: {} };

test.each([
  { claims: {}, said: nothing },
  { claims: { sub: 'ann', streampump: {} }, said: { ...nothing, identity: 'ann' } },
  {
    claims: { streampump: { verbs: ['play'], streams: 'vip/**', limits: { sessions: 2 } } },
    said: { ...nothing, verbs: ['play'], streams: ['vip/**'], limits: { sessions: 2 } },
  },
  { claims: { streampump: { verbs: [] } }, said: { ...nothing, verbs: [] } },
])('$claims', ({ claims, said }) => {
  expect(readClaims(claims, paths)).toEqual(said);
});

test('names of claims with dots in them, and members that every object has', () => {
  const claims = { 'https://example.com/streams': ['a/b'], streampump: 'text' };
  const others = { ...paths, streams: ['https://example.com/streams'], verbs: ['constructor', 'name'] };
  expect(readClaims(claims, others)).toEqual({ ...nothing, streams: ['a/b'] });
});

test.each([
  { claims: { sub: 7 }, claim: 'sub' },
  { claims: { sub: '' }, claim: 'sub' },
  { claims: { sub: 'two\nlines' }, claim: 'sub' },
  { claims: { sub: 'x'.repeat(256) }, claim: 'sub' },
  { claims: { streampump: { verbs: [1] } }, claim: 'streampump.verbs' },
  { claims: { streampump: { streams: null } }, claim: 'streampump.streams' },
  { claims: { streampump: { streams: Array(101).fill('a') } }, claim: 'streampump.streams' },
  { claims: { streampump: { limits: [1] } }, claim: 'streampump.limits' },
  { claims: { streampump: { limits: { sessions: '2' } } }, claim: 'streampump.limits' },
  { claims: { streampump: { limits: { sessions: -1 } } }, claim: 'streampump.limits' },
])('what makes no sense allows nothing: $claims', ({ claims, claim }) => {
  expect(() => readClaims(claims, paths)).toThrow(
    new TokenError('unfit', `the token's claim ${claim} does not make sense`),
  );
});
