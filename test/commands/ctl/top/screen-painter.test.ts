import { expect, test } from 'vitest';
import { line } from '../../../../src/commands/ctl/terminal/line.ts';
import { monochrome } from '../../../../src/commands/ctl/terminal/palette.ts';
import { ScreenPainter } from '../../../../src/commands/ctl/top/screen-painter.ts';

const size = { rows: 3, columns: 10 };

test('writes everything once, then only the rows that have changed', () => {
  const painter = new ScreenPainter(monochrome);
  expect(painter.draw([line('a'), line('b')], size)).toBe('\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K\x1b[3;1H\x1b[K');
  expect(painter.draw([line('a'), line('b')], size)).toBe('');
  expect(painter.draw([line('a'), line('c')], size)).toBe('\x1b[2;1Hc\x1b[K');
  expect(painter.draw([line('a')], size)).toBe('\x1b[2;1H\x1b[K');
});

test('erases nothing behind a row that is full, whose last character that would take', () => {
  const painter = new ScreenPainter(monochrome);
  expect(painter.draw([line('0123456789')], { rows: 1, columns: 10 })).toBe('\x1b[1;1H0123456789');
});

test('writes everything again on a screen of another size, or one that was lost', () => {
  const painter = new ScreenPainter(monochrome);
  painter.draw([line('a')], size);
  expect(painter.draw([line('a')], { rows: 1, columns: 10 })).toBe('\x1b[1;1Ha\x1b[K');
  painter.forget();
  expect(painter.draw([line('a')], { rows: 1, columns: 10 })).toBe('\x1b[1;1Ha\x1b[K');
});
