import { expect, test } from 'vitest';
import { linkId } from '../../../../src/service/relay/status/link-id.ts';

test('an id is the same wherever and whenever it is made, and says what it is of', () => {
  expect(linkId('u', 'live/cam1')).toBe('u0df7bee64d');
  expect(linkId('f', 'live/cam1', 'rtmp://a/live/***')).not.toBe(
    linkId('f', 'live/cam1', 'rtmp://b/live/***'),
  );
  expect(linkId('f', 'a', 'bc')).not.toBe(linkId('f', 'ab', 'c'));
});
