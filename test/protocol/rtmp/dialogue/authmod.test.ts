import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  authmodChallenge,
  authmodFailed,
  authmodNeeded,
  splitAuthmod,
} from '../../../../src/protocol/rtmp/dialogue/authmod.ts';

const answer = { challenge: '5f3a91c0', response: 'ab/cd+efghijklmnopqrst==', opaque: 'T0k-en_' };
const answerQuery = 'challenge=5f3a91c0&response=ab/cd+efghijklmnopqrst==&opaque=T0k-en_';

test.each([
  ['live', 'live', undefined],
  ['live?key=1', 'live?key=1', undefined],
  ['live?authmod=llnw&user=bob', 'live?authmod=llnw&user=bob', undefined],
  ['live?xauthmod=adobe&user=bob', 'live?xauthmod=adobe&user=bob', undefined],
  ['live?authmod=adobe', 'live', { user: '', answer: undefined }],
  ['live?authmod=adobe&user=bob', 'live', { user: 'bob', answer: undefined }],
  // OBS with a query in its server
  ['live?k=1?authmod=adobe&user=bob', 'live?k=1', { user: 'bob', answer: undefined }],
  ['live?k=1&authmod=adobe&user=bob', 'live?k=1', { user: 'bob', answer: undefined }],
  ['live?authmod=adobe&user=bob&k=1&l=2', 'live?k=1&l=2', { user: 'bob', answer: undefined }],
  ['live?k=1?authmod=adobe&user=bob&l=2', 'live?k=1&l=2', { user: 'bob', answer: undefined }],
  // what ffmpeg, librtmp and GStreamer send in the third connection
  [`live?authmod=adobe&user=bob&${answerQuery}`, 'live', { user: 'bob', answer }],
  [`a/b?authmod=adobe&user=bob&${answerQuery}`, 'a/b', { user: 'bob', answer }],
  // not encoded and not decoded
  ['live?authmod=adobe&user=b%20o+b', 'live', { user: 'b%20o+b', answer: undefined }],
  ['live?authmod=adobe&user=bob&user=eve', 'live', { user: '', answer: undefined }],
  [
    `live?authmod=adobe&user=bob&${answerQuery}&response=x`,
    'live',
    { user: 'bob', answer: { ...answer, response: '' } },
  ],
])('reads %s', (app, plain, authmod) => {
  expect(splitAuthmod(app)).toEqual({ app: plain, authmod });
});

test('nothing of it is left in the app, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (app, rest) => {
      const split = splitAuthmod(`${app}?authmod=adobe&response=SECRET&${rest}`);
      expect(split.authmod).toBeDefined();
      if (!app.includes('SECRET') && !rest.includes('SECRET')) expect(split.app).not.toContain('SECRET');
    }),
  );
});

test('speaks as encoders expect', () => {
  const needed = authmodNeeded('this needs a user and a password');
  const asked = authmodChallenge('bob', 's4lt', 'T0k');
  const failed = authmodFailed('the user or the password is wrong');
  // ffmpeg 5.1 and OBS 29 look for these words
  for (const text of [needed, asked, failed]) expect(text).toContain('authmod=adobe ]');
  expect(needed).toContain('code=403 need auth');
  expect(needed).not.toContain('?reason=');
  expect(asked).not.toContain('code=403 need auth');
  expect(failed).toContain('?reason=authfailed');
  // GStreamer 1.18 and 1.22 read it like this
  expect(asked).toMatch(
    /\[ *AccessManager.Reject *\] *: *\[ *authmod=adobe *\] *: *\?reason=needauth&user=bob&salt=s4lt&challenge=T0k&opaque=T0k$/s,
  );
});
