import { expect, test } from 'vitest';
import { wrapText } from '../../../../src/commands/ctl/terminal/wrap-text.ts';

test('text is broken between words, and a word that is too long is cut', () => {
  expect(wrapText('three have come without one', 10)).toEqual(['three have', 'come', 'without', 'one']);
  expect(wrapText('a rtmp://origin/live/cam1 b', 10)).toEqual(['a', 'rtmp://or…', 'b']);
  expect(wrapText('one line', Number.POSITIVE_INFINITY)).toEqual(['one line']);
});
