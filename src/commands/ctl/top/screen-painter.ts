import { type Line, lineWidth } from '../terminal/line.ts';
import type { Palette } from '../terminal/palette.ts';
import type { ScreenSize } from './top-state.ts';

/** Draws lines on a terminal, writing only the rows that have changed. */
export class ScreenPainter {
  readonly #palette: Palette;
  #drawn: readonly string[] = [];
  #size: ScreenSize = { rows: 0, columns: 0 };

  constructor(palette: Palette) {
    this.#palette = palette;
  }

  /** What to write so that the screen shows these lines from its top; empty where it does already. @param lines - none wider than the screen */
  draw(lines: readonly Line[], size: ScreenSize): string {
    const isNew = size.rows !== this.#size.rows || size.columns !== this.#size.columns;
    const former = isNew ? [] : this.#drawn;
    const rows = Array.from({ length: size.rows }, (_, index) => {
      const line = lines[index] ?? [];
      const isFull = lineWidth(line) >= size.columns; // erasing what is behind it would take its last character
      return this.#palette(line) + (isFull ? '' : ERASE_TO_END);
    });
    this.#drawn = rows;
    this.#size = size;
    return rows
      .flatMap((row, index) => (row === former[index] ? [] : [`\x1b[${index + 1};1H${row}`]))
      .join('');
  }

  /** The terminal has lost what was drawn: all of it is written the next time. */
  forget(): void {
    this.#drawn = [];
  }
}

/** ECMA-48 8.3.41. */
const ERASE_TO_END = '\x1b[K';
