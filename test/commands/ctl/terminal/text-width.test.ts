import { expect, test } from 'vitest';
import { cutText, fitText, widthOf } from '../../../../src/commands/ctl/terminal/text-width.ts';

test.for([
  { text: 'live/cam1', width: 9 },
  { text: '日本語', width: 6 },
  { text: 'e\u0301', width: 1 },
  { text: '📹', width: 2 },
  { text: '', width: 0 },
])('$text takes $width columns', ({ text, width }) => {
  expect(widthOf(text)).toBe(width);
});

test.for([
  { text: 'live/cam1', width: 9, cut: 'live/cam1' },
  { text: 'live/cam1', width: 8, cut: 'live/ca…' },
  { text: '日本語', width: 5, cut: '日本…' },
  { text: '日本語', width: 4, cut: '日…' },
  { text: 'live', width: 1, cut: '…' },
  { text: 'live', width: 0, cut: '' },
])('$text in $width columns is $cut', ({ text, width, cut }) => {
  expect(cutText(text, width)).toBe(cut);
  expect(widthOf(cutText(text, width))).toBeLessThanOrEqual(width);
});

test('text is filled with blanks on the side where it does not stand', () => {
  expect(fitText('12', 5, 'right')).toBe('   12');
  expect(fitText('日', 5)).toBe('日   ');
  expect(fitText('日本語', 4)).toBe('日… ');
});
