import { expect, test } from 'vitest';
import { flvFamily } from '../../src/family/flv/flv-family.ts';
import { otherFormat } from '../../src/session/playing.ts';
import { toyFamily } from '../support/toy-family.ts';

test.each([
  { has: toyFamily, says: 'live/a is not available in this format: it is toy' },
  { has: undefined, says: 'live/a is not available in this format' },
  { has: flvFamily, says: 'live/a goes on with another header than it began with: play it again' },
])('who asks for FLV hears: $says', ({ has, says }) => {
  expect(otherFormat('live/a', has, flvFamily)).toBe(says);
});

test('who asks for something else hears where FLV is', () => {
  expect(otherFormat('live/a', flvFamily, toyFamily)).toBe(
    'live/a is not available in this format: it is FLV, at rtmp://HOST/live/a and http://HOST:PORT/live/a.flv',
  );
});
